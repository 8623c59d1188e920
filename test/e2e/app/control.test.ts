import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../sandbox/cluster/model/objects.ts';
import { seenNodes } from '../../../sandbox/demo/nodes.ts';
import type { ShownMessage } from '../../../sandbox/slack/index.ts';
import {
  askForPlan,
  channel,
  deeds,
  type Stage,
  startRun,
  startStage,
  toldTo,
  untilDone,
  untilItSays,
  untilThreadSays,
} from './support/stage.ts';

/** People take hold of a run; each test goes on where the last one ended. */
describe('people at the wheel', () => {
  let stage: Stage;
  let run: ShownMessage;
  const node = (name: string) => seenNodes(stage.demo.cluster).find((seen) => seen.name === name);
  /** Somebody acts on the cluster past the bot. */
  const setCordoned = (name: string, unschedulable: boolean) =>
    stage.demo.cluster.model.store.modify<KubeObject>('Node', '', name, (object) => ({
      ...object,
      spec: { ...(object.spec as object), unschedulable },
    }));
  const setBelievedVersion = (from: string, to: string) =>
    stage.demo.cluster.model.store.modify<KubeObject>(
      'ConfigMap',
      'kube-system',
      'kubeadm-config',
      (map) => ({
        ...map,
        data: { ClusterConfiguration: map.data?.['ClusterConfiguration']?.replace(from, to) ?? '' },
      }),
    );
  const faults = () => stage.demo.cluster.faults;

  beforeAll(async () => {
    stage = await startStage({
      nodes: { controlPlanes: 1, workers: 4 },
      policy: {
        drain: { patienceSeconds: 5, timeoutSeconds: 10 },
        timeouts: { nodeReadySeconds: 10 },
        workers: { canary: 0, batch: 2 },
      },
    });
  });
  afterAll(() => stage?.stop());

  it('a cluster that changed since the plan was made voids it; Plan again gives one that can be approved', async () => {
    const plan = await askForPlan(stage);
    setBelievedVersion('v1.33.13', 'v1.33.12');
    const told = await toldTo(
      stage.amir,
      () => stage.amir.click(plan, 'run.approve', { confirm: true }),
      /void and nothing was done/,
    );
    expect(told.plain).toContain('Plan again');
    expect(deeds(stage)).toEqual([]);
    const voided = await untilItSays(stage, plan, 'is not as the plan found it');
    setBelievedVersion('v1.33.12', 'v1.33.13');
    await stage.dana.click(voided, 'run.plan-again');
    run = await stage.dana.waitForMessage(channel, { actionId: 'run.approve', after: plan.ts }, 60_000);
  });

  it('a pause lets the nodes in hand finish, then nothing moves until Resume', async () => {
    await stage.amir.click(run, 'run.approve', { confirm: true });
    await untilDone(stage, 'cordon', 'w-01');
    await toldTo(stage.dana, () => stage.dana.click(run, 'run.pause'), 'It stops after w-01');
    const paused = await untilItSays(stage, run, /paused since/);
    expect(paused.plain).toContain('the run waits for Resume');
    expect(node('w-01')).toMatchObject({ kubelet: 'v1.34.9', cordoned: false });
    const before = deeds(stage);
    await toldTo(stage.sam, () => stage.sam.command(channel, '/k8s-upgrade status'), 'paused');
    await stage.dana.command(channel, '/k8s-upgrade plan prod-eu 1.34.9');
    await stage.dana.waitForMessage(channel, { ephemeral: true, matches: 'is held by run' }, 60_000);
    expect(deeds(stage)).toEqual(before);
  });

  it('a node whose step failed can be left out, and the end says so', async () => {
    await faults().enable('kubelet-not-ready', { node: 'w-03' });
    await faults().enable('pod-stuck-terminating', { node: 'w-04' });
    await toldTo(stage.dana, () => stage.dana.click(run, 'run.resume'), 'It goes on');
    const halted = await untilItSays(stage, run, /stopped at w-0[34]/);
    expect(halted.plain).toMatch(/Skip w-0[34]/);
    await stage.dana.click(halted, 'run.skip');
    await stage.dana.waitForModal();
    await stage.dana.submit({ reason: 'it is replaced tomorrow' });
    await untilThreadSays(stage, run, /decided to skip w-0[34]: it is replaced tomorrow/);
  });

  it('an abort says what stays as it is: every node that is still cordoned, and no other', async () => {
    const halted = await untilItSays(stage, run, /stopped at w-0[34][\s\S]*Abort/);
    await faults().disable('pod-stuck-terminating');
    await stage.dana.click(halted, 'run.abort', { confirm: true });
    const { plain } = await untilItSays(stage, run, 'What stays as it is');
    expect(plain).toMatch(/on v1\.34\.9: .*w-01/);
    const cordoned = seenNodes(stage.demo.cluster).flatMap((seen) => (seen.cordoned ? [seen.name] : []));
    const told = /Still cordoned: (.*?)\. /.exec(plain)?.[1]?.split(/, | and /) ?? [];
    expect(told.toSorted()).toEqual(cordoned.toSorted());
  });

  it('a new plan finishes what the abort left', async () => {
    await faults().disable('kubelet-not-ready');
    for (const { name } of seenNodes(stage.demo.cluster)) setCordoned(name, false);
    const second = await startRun(stage);
    await untilItSays(stage, second, 'is on v1.34.9');
    expect(seenNodes(stage.demo.cluster).every(({ kubelet }) => kubelet === 'v1.34.9')).toBe(true);
  });
});
