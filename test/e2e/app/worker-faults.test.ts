import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seenNodes } from '../../../sandbox/demo/nodes.ts';
import type { ShownMessage } from '../../../sandbox/slack/index.ts';
import { askForPlan, type Stage, startStage, untilItSays, untilThreadSays } from './support/stage.ts';

/** One upgrade of four workers that meets one fault after the other; each test goes on where the last one ended. */
describe('a bad night of workers', () => {
  let stage: Stage;
  let run: ShownMessage;
  const faults = () => stage.demo.cluster.faults;
  const effects = (kind: 'apt-install' | 'cordon' | 'unit-start' | 'kubeadm-start', node: string) =>
    stage.demo.cluster.journal.of(kind, node).map(({ subject }) => subject);
  const says = (expected: string | RegExp) => untilItSays(stage, run, expected);
  const retry = () => stage.dana.click(run, 'run.retry');

  beforeAll(async () => {
    stage = await startStage({
      nodes: { controlPlanes: 1, workers: 4 },
      policy: { drain: { patienceSeconds: 5, timeoutSeconds: 15 }, timeouts: { nodeReadySeconds: 10 } },
    });
    run = await askForPlan(stage);
    await faults().enable('ssh-drop', { node: 'w-01', afterSeconds: 200 });
    await faults().enable('pdb-blocked');
    await faults().enable('pod-stuck-terminating', { node: 'w-02' });
    await stage.amir.click(run, 'run.approve', { confirm: true });
  });
  afterAll(() => stage?.stop());

  it('a budget that blocks is told to the channel; once it allows, the run goes on by itself', async () => {
    const told = await untilThreadSays(stage, run, 'w-01 is waiting for you');
    expect(told.broadcast).toBe(true);
    expect(told.plain).toMatch(/may not be evicted: PDB `\w+` needs \d+ healthy and has \d+/);
    const { plain } = await says('waits for people (1 node)');
    expect(plain).not.toContain('Retry');
    await faults().disable('pdb-blocked');
    await untilThreadSays(stage, run, 'w-01 back at work');
  });

  it('connections that break in the middle of acts make nothing happen twice', () => {
    expect(effects('apt-install', 'w-01')).toHaveLength(3);
    expect(effects('kubeadm-start', 'w-01')).toHaveLength(1);
    expect(effects('cordon', 'w-01')).toHaveLength(1);
  });

  it('a pod that does not end is told, then asked about; Retry goes on after it has gone', async () => {
    await faults().disable('ssh-drop');
    const { plain } = await says(/stopped at w-02 \(drain\)[\s\S]*drain\.pod-stuck/);
    expect(plain).toMatch(/w-02 .*\*?cordoned/);
    await faults().enable('kubelet-not-ready', { node: 'w-03' });
    await faults().disable('pod-stuck-terminating');
    await retry();
    const drained = await untilThreadSays(stage, run, 'w-02 drained');
    expect(drained.plain).not.toContain('was so already');
  });

  it('a kubelet that is not Ready stops the run with its words', async () => {
    const { plain } = await says(/stopped at w-03[\s\S]*node\.kubelet-not-ready/);
    expect(plain).toContain('Kubelet version');
    await faults().enable('disk-full', { node: 'w-04' });
    await faults().disable('kubelet-not-ready');
    await retry();
  });

  it('a full disk stops the run before the node is touched', async () => {
    await says(/stopped at w-04[\s\S]*node\.disk-full/);
    expect(effects('cordon', 'w-04')).toEqual([]);
  });

  it('a reboot in the middle of an installation is met by looking, not by believing', async () => {
    const { journal } = stage.demo.cluster;
    const rebooted = Promise.withResolvers<unknown>();
    const stop = journal.onEffect(({ kind, node }) => {
      if (kind !== 'apt-install' || node !== 'w-04') return;
      stop();
      rebooted.resolve(faults().enable('node-reboot', { node: 'w-04' }));
    });
    await faults().disable('disk-full');
    await retry();
    await rebooted.promise;
    const { plain } = await says('is on v1.34.9');
    expect(plain).toMatch(/w-04, install kubeadm v1\.34\.9: command\.outcome-unknown/);
    expect(effects('cordon', 'w-04')).toHaveLength(1);
    expect(seenNodes(stage.demo.cluster).every((n) => n.kubelet === 'v1.34.9' && !n.cordoned)).toBe(true);
  });
});
