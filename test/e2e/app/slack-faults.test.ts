import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShownMessage } from '../../../sandbox/slack/index.ts';
/** One upgrade during which Slack is anything but well; each test goes on where the last one ended. */
import { eventually } from '../../support/eventually.ts';
import {
  askForPlan,
  channel,
  present,
  type Stage,
  startStage,
  threadOf,
  untilDone,
  untilItSays,
  untilThreadSays,
} from './support/stage.ts';

describe('a bad night of Slack', () => {
  let stage: Stage;
  let run: ShownMessage;
  const slack = () => stage.demo.workspace.client;

  beforeAll(async () => {
    stage = await startStage({ nodes: { controlPlanes: 1, workers: 3 }, speed: 150, rateLimits: 'slack' });
  });
  afterAll(() => stage?.stop());

  it('an envelope that is delivered twice is obeyed once', async () => {
    await slack().fault({ kind: 'switch', switches: { redeliver: true } });
    run = await askForPlan(stage);
    const { messages } = await stage.dana.conversation(channel);
    expect(messages.filter(({ plain }) => plain.includes('Looking at prod-eu'))).toHaveLength(1);
    await stage.amir.click(run, 'run.approve', { confirm: true });
    await untilThreadSays(stage, run, 'started');
    await slack().fault({ kind: 'switch', switches: { redeliver: false } });
    const thread = await threadOf(stage, run);
    expect(thread.filter((line) => line.includes('@amir approved'))).toHaveLength(1);
  });

  it('plan blocks that are refused give way to sections, for good', async () => {
    await slack().fault({ kind: 'switch', switches: { refusePlanBlocks: true } });
    await untilDone(stage, 'kubeadm-start', 'cp-1');
    await eventually(async () => {
      const { plain, blocks } = await present(stage, run);
      return /running/.test(plain) && !blocks?.some(({ type }) => type === 'plan');
    }, 'a message of sections');
    await slack().fault({ kind: 'switch', switches: { refusePlanBlocks: false } });
    await untilDone(stage, 'cordon', 'cp-1');
    const { blocks } = await present(stage, run);
    expect(blocks?.map(({ type }) => type)).not.toContain('plan');
  });

  it('while Slack is down the run goes on, and the message catches up', async () => {
    await untilDone(stage, 'cordon', 'w-01');
    await slack().fault({ kind: 'switch', switches: { down: true } });
    const before = await present(stage, run);
    await untilDone(stage, 'uncordon', 'w-01');
    await untilDone(stage, 'kubeadm-start', 'w-02');
    expect((await present(stage, run)).plain).toBe(before.plain);
    await slack().fault({ kind: 'switch', switches: { down: false } });
    await untilItSays(stage, run, /✅ w-01|is on v1\.34\.9/);
  });

  it('rate limits and lost answers are waited out; nothing is told twice', async () => {
    await slack().fault({
      kind: 'next-call',
      fault: { method: 'chat.update', times: 2, how: { kind: 'rate-limit', retryAfter: 1 } },
    });
    await slack().fault({
      kind: 'next-call',
      fault: { method: 'chat.postMessage', times: 1, how: { kind: 'lost-answer' } },
    });
    const done = await untilItSays(stage, run, 'is on v1.34.9');
    expect(done.ts).toBe(run.ts);
    await stage.dana.waitForMessage(channel, { threadTs: run.ts, text: '✅ prod-eu is on v1.34.9' }, 60_000);
    // Each gap is owned up to; everything else is said once.
    const lines = (await threadOf(stage, run)).filter((line) => !line.startsWith('Slack did not answer'));
    const twice = lines.filter((line, index) => lines.indexOf(line) !== index);
    expect(twice).toEqual([]);
    for (const node of ['w-01', 'w-02', 'w-03']) {
      expect(stage.demo.cluster.journal.of('cordon', node)).toHaveLength(1);
    }
  });
});
