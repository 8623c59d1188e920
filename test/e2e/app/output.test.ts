import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShownMessage } from '../../../sandbox/slack/index.ts';
import {
  askForPlan,
  channel,
  present,
  type Stage,
  startRun,
  startStage,
  toldTo,
  untilItSays,
  untilThreadSays,
} from './support/stage.ts';

/** The shortest that policy allows: half a minute until a command that hangs is asked about. */
const policy = { timeouts: { packagesSeconds: 30 }, workers: { canary: 0, batch: 1 } };
const postinst = 'kubeadm.postinst: waiting for /run/lock/kubeadm';
const stuck = /stopped at w-0\d[\s\S]*command\.still-running/;

async function contentOf(stage: Stage, { path }: { readonly path: string }): Promise<string> {
  const response = await fetch(new URL(path, stage.demo.workspace.url));
  return response.text();
}

/** The newest file of a run's thread whose name fits, once it is there. */
async function fileInThread(stage: Stage, run: ShownMessage, name: RegExp) {
  const message = await stage.dana.waitForMessage(
    channel,
    { threadTs: run.ts, matches: `\\(${name.source}\\)` },
    120_000,
  );
  const file = message.files.find((one) => name.test(one.name));
  if (!file) throw new Error(`no file ${name.source} in ${message.plain}`);
  return { file, content: await contentOf(stage, file) };
}

/** A package's script hangs on one node after the other; each test goes on where the last one ended. */
describe('a command that hangs', () => {
  let stage: Stage;
  let run: ShownMessage;
  let id: string;
  const faults = () => stage.demo.cluster.faults;
  const hangs = (node: string) => faults().enable('package-script-hangs', { node });
  const installs = (node: string) =>
    stage.demo.cluster.journal.of('apt-install', node).map(({ subject }) => subject);

  beforeAll(async () => {
    stage = await startStage({ nodes: { controlPlanes: 1, workers: 2 }, policy });
    await hangs('w-01');
    run = await startRun(stage);
    id = /`([a-hjkmnp-z2-9]{6})`/.exec(run.plain)?.[1] ?? '';
    await untilItSays(stage, run, stuck, 180_000);
  }, 240_000);
  afterAll(() => stage?.stop());

  it('is reported with its last lines and with its ways', async () => {
    const { plain, blocks } = await present(stage, run);
    expect(plain).toContain('Installing kubeadm 1.34.9-1.1 still runs after 30 s, and goes on');
    expect(plain).toContain('Setting up kubeadm (1.34.9-1.1)');
    expect(plain).toContain(postinst);
    for (const way of ['Wait longer', 'Stop the command…', 'Abort…', 'Output'])
      expect(JSON.stringify(blocks)).toContain(way);
  });

  it('has what it has printed so far in the thread, as a file', async () => {
    const { content } = await fileInThread(stage, run, /prod-eu-w-01-install-kubeadm-try-1\.txt/);
    expect(content).toContain('w-01 · install kubeadm v1.34.9');
    expect(content).toContain('not seen to have ended');
    expect(content).toMatch(/Z Unpacking kubeadm \(1\.34\.9-1\.1\) over \(1\.33\.13-1\.1\) \.\.\.\n/);
    expect(content).toMatch(
      /Z \(Reading database \.\.\. 9396 files and directories currently installed\.\)\n/,
    );
    expect(content).toContain(postinst);
    expect(content).not.toContain('\r');
  });

  it('is read in a modal, by the button and by the command', async () => {
    await stage.dana.click(run, 'run.output');
    const modal = await stage.dana.waitForModal({ text: postinst });
    expect(modal.plain).toContain('w-01 · install kubeadm v1.34.9');
    expect(modal.plain).toContain('Look again');
    await stage.dana.close();
    await stage.sam.command(channel, `/k8s-upgrade output ${id} w-01`);
    await stage.sam.waitForModal({ text: postinst });
    await stage.sam.close();
    await toldTo(
      stage.sam,
      () => stage.sam.command(channel, `/k8s-upgrade output ${id} w-99`),
      /called `?w-99`? has printed anything/,
    );
    await toldTo(
      stage.sam,
      () => stage.sam.command('staging-ops', `/k8s-upgrade output ${id}`),
      /No cluster is tied to this channel/,
      'staging-ops',
    );
  });

  it('is waited for: nothing is begun anew, and the run goes on when it has ended', async () => {
    await stage.dana.click(run, 'run.wait');
    await untilThreadSays(stage, run, 'decided to wait longer');
    await hangs('w-02');
    await faults().disable('package-script-hangs');
    await hangs('w-02');
    await untilThreadSays(stage, run, 'w-01 back at work', 180_000);
    expect(installs('w-01')).toEqual(['kubeadm=1.34.9-1.1', 'kubectl=1.34.9-1.1', 'kubelet=1.34.9-1.1']);
  }, 240_000);

  it('is stopped by a person; what it printed until then is on the message and in the thread', async () => {
    await untilItSays(stage, run, /stopped at w-02[\s\S]*command\.still-running/, 180_000);
    await stage.dana.click(run, 'run.stop', { confirm: true });
    const { plain } = await untilItSays(stage, run, /stopped at w-02[\s\S]*command\.stopped/, 180_000);
    expect(plain).toContain(postinst);
    expect(installs('w-02')).toEqual([]);
  }, 360_000);

  it('after that a retry mends what it left half done, and the log of the whole run has everything', async () => {
    await faults().disable('package-script-hangs');
    await stage.dana.click(run, 'run.retry');
    await untilItSays(stage, run, 'is on v1.34.9', 180_000);
    const { file, content } = await fileInThread(stage, run, /prod-eu-v1\.34\.9-[a-z0-9]{6}\.log/);
    expect(file.size).toBe(Buffer.byteLength(content));
    for (const node of ['cp-1', 'w-01', 'w-02'])
      expect(content).toContain(`${node} · install kubelet and kubectl`);
    expect(content).toContain('[upgrade] SUCCESS!');
    expect(content).toContain('it was stopped on the word of');
    expect(content.split(postinst)).toHaveLength(3);
    expect(content).not.toMatch(/[a-z0-9]{6}\.[a-z0-9]{16}\b/);
    await stage.dana.command(channel, `/k8s-upgrade output ${id} w-01`);
    const modal = await stage.dana.waitForModal({ text: 'commands' });
    expect(modal.plain).toContain('exit status 0');
  }, 360_000);
});

describe('a command that hangs and is left', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ nodes: { controlPlanes: 1, workers: 1 }, policy });
  });
  afterAll(() => stage?.stop());

  it('goes on by itself; the next plan’s run begins nothing beside it, and goes on when it has ended', async () => {
    await stage.demo.cluster.faults.enable('package-script-hangs', { node: 'w-01' });
    const run = await startRun(stage);
    await untilItSays(stage, run, stuck, 180_000);
    await stage.dana.click(run, 'run.abort', { confirm: true });
    const { plain } = await untilItSays(stage, run, /abort/i, 180_000);
    expect(plain).toMatch(/w-01/);
    await fileInThread(stage, run, /prod-eu-v1\.34\.9-[a-z0-9]{6}\.log/);
    const next = await askForPlan(stage);
    await stage.amir.click(next, 'run.approve', { confirm: true });
    await untilThreadSays(stage, next, 'still runs there; nothing is begun beside it', 180_000);
    await stage.demo.cluster.faults.disable('package-script-hangs');
    await untilThreadSays(stage, next, 'w-01 kubeadm v1.34.9 installed (was so already)', 180_000);
    const installs = stage.demo.cluster.journal.of('apt-install', 'w-01').map(({ subject }) => subject);
    expect(installs.filter((one) => one?.startsWith('kubeadm='))).toHaveLength(1);
  }, 600_000);
});
