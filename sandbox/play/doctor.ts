import type { SandboxCluster } from '../cluster/index.ts';
import type { ShownMessage, Workspace } from '../slack/index.ts';
import { channel, expectThat, type Play } from './story.ts';

interface Problem {
  readonly seed: string;
  readonly parameters: Parameters<SandboxCluster['plant']>[1];
  /** What the report must call it, and a word of what it must say. */
  readonly code: string;
  readonly says: string;
}

/** One problem of each kind that a careful engineer looks for: machines, kubelets, APIs, budgets, certificates, etcd. */
const problems: readonly Problem[] = [
  { seed: 'swap-on', parameters: { node: 'w-01' }, code: 'node.swap-on', says: 'w-01' },
  { seed: 'clock-skew', parameters: { node: 'w-02', seconds: 90 }, code: 'node.clock-skew', says: 'w-02' },
  { seed: 'low-disk', parameters: { node: 'w-03', gigabytes: 0.4 }, code: 'node.disk-low', says: 'w-03' },
  { seed: 'removed-flag', parameters: { node: 'w-04' }, code: 'configuration.flag-removed', says: 'w-04' },
  { seed: 'budget-never-allows', parameters: {}, code: 'pdb.never-allows', says: 'never' },
  {
    seed: 'certificate-expiry',
    parameters: { node: 'cp-2', days: 19 },
    code: 'certificates.expiring',
    says: 'cp-2',
  },
  { seed: 'stray-manifest', parameters: { node: 'cp-3' }, code: 'kubeadm.stray-manifest', says: 'cp-3' },
  { seed: 'edited-manifest', parameters: { node: 'cp-2' }, code: 'kubeadm.manifest-edited', says: 'cp-2' },
  {
    seed: 'removed-api-in-use',
    parameters: {},
    code: 'api.removed-in-use',
    says: 'validatingadmissionpolicies',
  },
  { seed: 'etcd-alarm', parameters: { node: 'cp-1' }, code: 'etcd.alarm', says: 'NOSPACE' },
];

export const doctor: Play = {
  moral: `${problems.length} problems were planted; the doctor found each of them and nothing else`,
  async story({ workspace, cluster }) {
    const before = codesIn(await report(workspace, 1));
    for (const { seed, parameters } of problems) await cluster.plant(seed, parameters);
    const message = await report(workspace, 2);
    const found = codesIn(message);
    const missed = problems.filter(({ code, says }) => !(found.get(code) ?? '').includes(says));
    expectThat(missed.length === 0, `Not found: ${missed.map(({ code }) => code).join(', ')}`);
    const planted = new Set(problems.map(({ code }) => code));
    const invented = [...found.keys()].filter((code) => !planted.has(code) && !before.has(code));
    expectThat(invented.length === 0, `Found, but not there: ${invented.join(', ')}`);
    const touched = cluster.journal.effects.filter(({ kind }) => kind === 'cordon' || kind === 'apt-install');
    expectThat(touched.length === 0, `The doctor changed something: ${JSON.stringify(touched)}`);
  },
};

/** Asks as @dana and waits for the report that stands at that place among the reports. */
async function report(workspace: Workspace, place: number): Promise<ShownMessage> {
  const dana = workspace.client.as('dana');
  await dana.command(channel, '/k8s-upgrade doctor prod-eu');
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const { messages } = await dana.conversation(channel);
    const reports = messages.filter(({ plain }) => plain.includes('nothing was changed'));
    const found = reports[place - 1];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no report of the doctor within 30 s');
}

/** Every code of a report with the line that it stands in. */
function codesIn({ plain }: ShownMessage): Map<string, string> {
  const lines = plain.split('\n').filter((line) => /^\d+\. /.test(line.trim()));
  return new Map(
    lines.flatMap((line) => {
      const code = /([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)`?\s*$/.exec(line)?.[1];
      return code === undefined ? [] : [[code, line] as const];
    }),
  );
}
