import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  channel,
  restartedWith,
  type Stage,
  startRun,
  startStage,
  toldTo,
  untilDone,
} from './support/stage.ts';

const second = 'staging-ops';

describe('a run whose channel takes nothing any more', () => {
  let stage: Stage;

  beforeAll(async () => {
    // One worker: its pods have nowhere to go, so its drain stands still.
    stage = await startStage({ nodes: { controlPlanes: 1, workers: 1 } });
    const { channels } = await stage.dana.workspace();
    const id = channels.find(({ name }) => name === second)?.id;
    await restartedWith(stage, ({ clusters }) => {
      const cluster = clusters?.['prod-eu'] as unknown as { channels: unknown[] };
      cluster.channels.push(id);
    });
  });
  afterAll(() => stage?.stop());

  it('calls people in another channel of the cluster, where the commands work', async () => {
    await startRun(stage);
    await untilDone(stage, 'kubeadm-start', 'cp-1');
    await stage.demo.workspace.client.setMember(channel, 'k8s-upgrade-bot', false);
    const called = await stage.dana.waitForMessage(second, { text: 'I cannot write to' }, 150_000);
    expect(called.plain).toContain('w-01');
    const [line] = /\/k8s-upgrade status \w+/.exec(called.plain) ?? [''];
    await toldTo(stage.dana, () => stage.dana.command(second, line), 'prod-eu', second);
  });
});
