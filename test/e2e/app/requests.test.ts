import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askForPlan,
  channel,
  type Stage,
  startStage,
  threadOf,
  toldTo,
  untilItSays,
} from './support/stage.ts';

/** The other way to be reached: no socket, but requests that Slack signs. */
describe('a bot that Slack reaches over HTTP', () => {
  let stage: Stage;
  const slack = () => stage.demo.workspace.client;

  beforeAll(async () => {
    stage = await startStage({ nodes: { controlPlanes: 1, workers: 3 }, reach: 'http' });
  });
  afterAll(() => stage?.stop());

  it('takes commands, presses and forms, each delivered twice, once', async () => {
    await slack().fault({ kind: 'switch', switches: { redeliver: true } });
    const run = await askForPlan(stage);
    await stage.amir.click(run, 'run.approve', { confirm: true });
    await untilItSays(stage, run, 'is on v1.34.9');
    const thread = await threadOf(stage, run);
    expect(thread.filter((line) => line.includes('@amir approved'))).toHaveLength(1);
    await slack().fault({ kind: 'switch', switches: { redeliver: false } });
  });

  it('opens no socket, and acknowledges within what Slack waits', async () => {
    const { sockets } = await slack().statistics();
    expect(sockets).toBe(0);
    await toldTo(stage.dana, () => stage.dana.command(channel, '/k8s-upgrade help'), 'What I can do');
  });
});
