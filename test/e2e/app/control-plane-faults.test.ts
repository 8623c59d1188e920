import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seenNodes } from '../../../sandbox/demo/nodes.ts';
import type { ShownMessage } from '../../../sandbox/slack/index.ts';
import {
  askForPlan,
  channel,
  type Stage,
  startStage,
  toldTo,
  untilItSays,
  untilThreadSays,
} from './support/stage.ts';

/** One upgrade of three control planes that meets one fault after the other; each test goes on where the last one ended. */
describe('a bad night of control planes', () => {
  let stage: Stage;
  let run: ShownMessage;
  const faults = () => stage.demo.cluster.faults;
  const says = (expected: string | RegExp) => untilItSays(stage, run, expected);
  const retry = () => stage.dana.click(run, 'run.retry');

  beforeAll(async () => {
    stage = await startStage({
      nodes: { controlPlanes: 3, workers: 2 },
      policy: { retries: { attempts: 4, firstDelaySeconds: 0.3, longestDelaySeconds: 0.5 } },
    });
  });
  afterAll(() => stage?.stop());

  it('a version that the repository has lost is refused before anything is done', async () => {
    await faults().enable('repository-missing-version', { version: '1.34.9' });
    await toldTo(
      stage.dana,
      () => stage.dana.command(channel, '/k8s-upgrade plan prod-eu 1.34.9'),
      /cannot go to v1\.34\.9 yet[\s\S]*packages\.version-missing/,
    );
    await faults().disable('repository-missing-version');
  });

  it('the lock of apt is tried again, told once, and then asked about', async () => {
    run = await askForPlan(stage);
    await faults().enable('apt-lock', { node: 'cp-2' });
    await stage.amir.click(run, 'run.approve', { confirm: true });
    const { plain } = await says('stopped at cp-2');
    expect(plain).toMatch(/packages\.locked[\s\S]*tried 4 times/);
    expect(plain).toContain('unattended-upgr');
    const thread = await untilThreadSays(stage, run, /stopped at cp-2/);
    expect(thread.broadcast).toBe(true);
    const { messages } = await stage.dana.conversation(channel);
    const told = messages.flatMap(({ replies }) => replies.flatMap(({ plain: line }) => line.split('\n')));
    expect(told.filter((line) => line.includes('🔁'))).toHaveLength(1);
  });

  it('a registry that cannot be reached is tried again, then asked about', async () => {
    await faults().enable('image-pull-impossible', { node: 'cp-2' });
    await faults().disable('apt-lock');
    await retry();
    await says(/images\.pull-failed[\s\S]*registry\.k8s\.io/);
  });

  it('a kubeadm that fails in a phase stops the run with its last words', async () => {
    await faults().enable('kubeadm-fails-at', { node: 'cp-2', phase: 'kube-apiserver' });
    await faults().disable('image-pull-impossible');
    await retry();
    const { plain } = await says('kubeadm.upgrade-failed');
    expect(plain).toContain('did not change after 5m0s');
    expect(plain).toContain('cp-2 halfway (new: kubeadm)');
    expect(plain).not.toContain('Skip');
  });

  it('etcd that does not come up at its new version is named as what it is', async () => {
    await faults().enable('etcd-does-not-come-up', { node: 'cp-3' });
    await faults().disable('kubeadm-fails-at');
    await retry();
    const { plain } = await says('kubeadm.etcd-rolled-back');
    expect(plain).toContain('Its data was not restored');
    expect(plain).toContain('cp-2 with the control plane on v1.34.9 and the kubelet still on v1.33.13');
  });

  it('the run goes on past an API endpoint that is down', async () => {
    await faults().disable('etcd-does-not-come-up');
    await faults().enable('api-endpoint-down', { node: 'cp-2' });
    await retry();
    await untilThreadSays(stage, run, 'cp-1 control plane upgraded');
    await faults().disable('api-endpoint-down');
    await says('is on v1.34.9');
    expect(seenNodes(stage.demo.cluster).every((n) => n.kubelet === 'v1.34.9' && !n.cordoned)).toBe(true);
  });
});
