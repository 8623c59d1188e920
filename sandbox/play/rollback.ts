import type { SandboxCluster } from '../cluster/index.ts';
import { seenNodes } from '../demo/nodes.ts';
import type { ShownMessage, Workspace } from '../slack/index.ts';
import { effectOn } from './effects.ts';
import { channel, expectThat, type Play } from './story.ts';
import { approvedPlan } from './upgrade.ts';

/** Where the incident is talked about: the configuration knows such channels by their names. */
export const incidentChannel = 'inc-2231';

const before = 'v1.33.13';

export const rollback: Play = {
  moral: 'the second worker failed; from the incident’s channel everything went back to v1.33.13, etcd kept',
  policy: { timeouts: { nodeReadySeconds: 10 } },
  channel: incidentChannel,
  async story({ workspace, cluster }) {
    const { client } = workspace;
    const dana = client.as('dana');
    await approvedPlan(workspace);
    await effectOn(cluster, 'cordon', 'w-02', 120_000);
    await cluster.faults.enable('kubelet-not-ready', { node: 'w-02' });
    await dana.waitForMessage(channel, 'stopped at w-02', 60_000);
    await cluster.faults.disable('kubelet-not-ready');

    await dana.command(incidentChannel, '/k8s-rollback');
    const near = await dana.waitForMessage(
      incidentChannel,
      { ephemeral: true, text: 'What changed near now' },
      30_000,
    );
    await dana.click(near, 'rollback.choose-1');
    const plan = await dana.waitForMessage(incidentChannel, 'Verdict: keep etcd', 30_000);
    expectThat(plan.plain.includes('prod-eu back: v1.34.9 → v1.33.13'), `Not this way: ${plan.plain}`);
    expectThat(!/✗/.test(plan.plain), `A check fails: ${plan.plain}`);
    await approvedByTwo(workspace, plan);

    await dana.waitForMessage(incidentChannel, 'is back on v1.33.13', 120_000);
    expectAllBack(cluster, '3.6');
    // The channel of the upgrade hears of it, too.
    await dana.waitForMessage(channel, 'Taken back', 30_000);
  },
};

/** Approves a plan as @amir and @li. */
export async function approvedByTwo(
  workspace: Workspace,
  plan: ShownMessage,
  where = incidentChannel,
): Promise<void> {
  const { client } = workspace;
  await client.as('amir').click(plan, 'run.approve', { confirm: true });
  await client.as('dana').waitForMessage(where, 'Approvals 1 of 2', 30_000);
  await client.as('li').click(plan, 'run.approve', { confirm: true });
}

/** Looks at the simulated machines themselves: versions, cordons, and which line etcd runs. @throws StoryFailed */
export function expectAllBack(cluster: SandboxCluster, etcdLine: string): void {
  const ahead = seenNodes(cluster).filter(({ kubelet, cordoned }) => kubelet !== before || cordoned);
  expectThat(ahead.length === 0, `Not back, or left cordoned: ${JSON.stringify(ahead)}`);
  const lines = cluster.model.etcd.members.map(({ version }) => version.split('.').slice(0, 2).join('.'));
  expectThat(
    lines.every((line) => line === etcdLine),
    `etcd is not at ${etcdLine} everywhere: ${lines.join(', ')}`,
  );
}
