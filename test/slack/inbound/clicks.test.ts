import { describe, expect, test } from 'vitest';
import { ChannelId } from '../../../src/domain/names.ts';
import { buttonValue } from '../../../src/slack/buttons.ts';
import type { ApproveOutcome } from '../../../src/usecases/use-cases.ts';
import { is, kubeletNotReady, realPlan, stories, workers } from '../../support/stories.ts';
import { people, Story, storyRun } from '../../support/story.ts';
import { desk } from './support.ts';

describe('a press on a run’s message', () => {
  test('approves exactly the plan that is stored', async () => {
    const at = await desk();
    const story = stories['proposed']!();
    at.knows(story);
    const { answers } = await at.click('approve', buttonValue(story.run, 'approve'));
    expect(at.useCases.asked[0]?.request).toMatchObject({
      run: storyRun,
      user: people.amir,
      digest: story.run.plan.digest,
    });
    expect(answers[0]).toContain('Counted. 1 more approval is needed.');
    expect(at.pressed).toEqual([]);
  });

  test('whose answer takes a while hides the buttons until it is there', async () => {
    const at = await desk();
    const story = stories['proposed']!();
    at.knows(story);
    const outcome = Promise.withResolvers<ApproveOutcome>();
    at.useCases.answers.approve = () => outcome.promise;
    await at.click('approve', buttonValue(story.run, 'approve'));
    await at.clock.advance(1_000);
    expect(at.pressed).toEqual([
      { run: storyRun, pressed: { action: 'approve', by: people.amir }, released: false },
    ]);
    outcome.resolve({ status: 'counted', run: story.run, missing: 0 });
    await at.clock.settle();
    expect(at.pressed[0]?.released).toBe(true);
    expect(at.answers()[0]).toContain('prod-eu starts now');
  });

  test('that is denied is answered with the reason, and takes the buttons from nobody', async () => {
    const at = await desk();
    const story = stories['proposed']!();
    at.knows(story);
    at.useCases.answers.approve = async () => ({
      status: 'denied',
      reason: 'You can’t approve this: you asked for it.',
    });
    const { answers } = await at.click('approve', buttonValue(story.run, 'approve'), { user: people.dana });
    expect(answers[0]).toContain('you asked for it');
    expect(at.pressed).toEqual([]);
  });

  test('on which the bot fails gives the buttons back and says so', async () => {
    const at = await desk();
    const story = stories['proposed']!();
    at.knows(story);
    const outcome = Promise.withResolvers<ApproveOutcome>();
    at.useCases.answers.approve = () => outcome.promise;
    await at.click('approve', buttonValue(story.run, 'approve'));
    await at.clock.advance(1_000);
    outcome.reject(new Error('no'));
    await at.clock.settle();
    expect(at.answers()[0]).toContain('I met an error');
    expect(at.pressed[0]?.released).toBe(true);
  });

  test.each([
    ['expired', 'expired at'],
    ['drifted', 'is void'],
    ['not-proposed', 'nothing to approve any more'],
    ['already-counted', 'counted already'],
  ] as const)('that comes too late (%s) gets an honest answer', async (status, said) => {
    const at = await desk();
    const story = stories['proposed']!();
    at.knows(story);
    at.useCases.answers.approve = async () => ({
      status,
      run: story.run,
      reason: 'The cluster has changed.',
    });
    const { answers } = await at.click('approve', buttonValue(story.run, 'approve'));
    expect(answers[0]).toContain(said);
  });

  test.each(['reject', 'pause', 'resume', 'abort', 'extend'] as const)(
    '%s reaches its use case',
    async (action) => {
      const at = await desk();
      const story = stories['proposed']!();
      at.knows(story);
      const { answers } = await at.click(action, buttonValue(story.run, action));
      expect(at.useCases.changes).toEqual([action]);
      expect(answers).toHaveLength(1);
    },
  );

  test('retry answers the halt that it stands under', async () => {
    const at = await desk();
    const story = stories['halted']!();
    at.knows(story);
    await at.click('retry', buttonValue(story.run, 'retry'));
    expect(at.useCases.asked[0]?.request).toMatchObject({ choice: 'retry', step: story.run.halt?.step });
  });

  test('skip asks why first, and answers the halt with the reason', async () => {
    const at = await desk();
    const story = stories['halted']!();
    at.knows(story);
    await at.click('skip', buttonValue(story.run, 'skip'));
    expect(at.useCases.asked).toEqual([]);
    const said = (value: string) => ({ reason: { 'skip.reason': { type: 'plain_text_input', value } } });
    const empty = await at.submit('V1', said('  '), people.amir, 'skip');
    expect(empty.acks).toEqual([{ response_action: 'errors', errors: { reason: expect.any(String) } }]);
    expect(at.useCases.asked).toEqual([]);
    await at.submit('V1', said('it is replaced tomorrow'), people.amir, 'skip');
    expect(at.useCases.asked[0]?.request).toMatchObject({
      choice: 'skip',
      step: story.run.halt?.step,
      reason: 'it is replaced tomorrow',
      failedAt: story.run.steps.get(story.run.halt?.step as never)?.endedAt,
      user: people.amir,
    });
    expect(story.run.steps.get(story.run.halt?.step as never)?.endedAt).toBeDefined();
  });

  test('hand over asks to whom, and a form that was made up changes nothing', async () => {
    const at = await desk();
    const story = stories['running-workers']!();
    at.knows(story);
    await at.click('hand-over', buttonValue(story.run, 'hand-over'));
    const to = (user: string) => ({ heir: { 'hand-over.heir': { selected_user: user } } });
    const forged = at.slack.views.get('V1');
    at.slack.views.set('V9', { ...forged!, private_metadata: 'not json' });
    await at.submit('V9', to(people.li), people.dana, 'hand-over');
    expect(at.useCases.asked).toEqual([]);
    await at.submit('V1', to(people.li), people.dana, 'hand-over');
    expect(at.useCases.asked[0]).toMatchObject({
      name: 'handOver',
      request: { run: storyRun, to: people.li },
    });
  });

  test.each(['wait', 'stop'] as const)('%s answers for the command that still runs', async (choice) => {
    const at = await desk();
    const story = stories['stuck']!();
    at.knows(story);
    await at.click(choice, buttonValue(story.run, choice));
    expect(at.useCases.asked[0]?.request).toMatchObject({ choice, step: story.run.halt?.step });
  });

  test('plan again plans the same version anew', async () => {
    const at = await desk();
    const story = stories['expired']!();
    at.knows(story);
    await at.click('plan-again', buttonValue(story.run, 'plan-again'));
    expect(at.useCases.asked[0]?.request).toMatchObject({
      cluster: 'prod-eu',
      target: { version: 'v1.34.9' },
    });
  });
});

describe('a press that is not what it claims to be changes nothing', () => {
  async function proposed() {
    const at = await desk();
    const story = stories['proposed']!();
    at.knows(story);
    return { at, story, value: buttonValue(story.run, 'approve') };
  }

  test.each([
    'forged',
    '',
    'k7f3ab',
    'k7f3ab.zzzzzzzzzzzz',
    `k7f3ab.${'0'.repeat(5_000)}`,
    '<!channel>.000000000000',
    '../../x.000000000000',
  ])('a value that was made up: %j', async (value) => {
    const { at } = await proposed();
    const { answers } = await at.click('approve', value.slice(0, 2_000));
    expect(at.useCases.changes).toEqual([]);
    expect(answers.join()).toContain('nothing was done');
  });

  test('a run that nobody knows', async () => {
    const { at } = await proposed();
    const { answers } = await at.click('approve', 'zzzzzz.000000000000');
    expect(answers[0]).toContain('that I do not know any more');
    expect(at.useCases.changes).toEqual([]);
  });

  test('another plan of the same run', async () => {
    const { at } = await proposed();
    const { answers } = await at.click('approve', 'k7f3ab.000000000000');
    expect(answers[0]).toContain('another plan');
    expect(at.useCases.changes).toEqual([]);
  });

  test('a message in another channel', async () => {
    const { at, value } = await proposed();
    const { answers } = await at.click('approve', value, { channel: ChannelId.parse('C0ELSEWHERE') });
    expect(answers[0]).toContain('I do not know this button');
    expect(at.useCases.changes).toEqual([]);
  });

  test('a second plan message that a crash left behind: the answer links to the present one', async () => {
    const { at, value } = await proposed();
    const { answers } = await at.click('approve', value, { ts: '1600000000.000009' });
    expect(answers[0]).toContain('not the present message');
    expect(answers[0]).toContain('https://acme.slack.com/archives/C00PRODEUOPS/p1700000000000001');
    expect(at.useCases.changes).toEqual([]);
  });

  test('a Skip that stood under an earlier halt', async () => {
    const at = await desk();
    const earlier = stories['halted']!();
    const old = buttonValue(earlier.run, 'skip');
    const story = stories['halted']!();
    const step = story.step(is('restart-kubelet', 'w-05'));
    story.wait(30).tell({ kind: 'decision-made', by: people.li, choice: 'retry', step: step.key });
    story.start(step).wait(300);
    story.tell(
      { kind: 'step-failed', step: step.key, attempt: 2, failure: kubeletNotReady },
      { kind: 'run-halted', step: step.key, failure: kubeletNotReady },
    );
    at.knows(story);
    const { answers } = await at.click('skip', old);
    expect(answers[0]).toContain('an earlier stop');
    expect(at.useCases.changes).toEqual([]);
  });

  test('an action that this version does not have', async () => {
    const { at, value } = await proposed();
    const { acks, answers } = await at.click({ id: 'run.delete-everything' }, value);
    expect(acks).toHaveLength(1);
    expect(answers[0]).toContain('I do not know this button');
  });
});

describe('details', () => {
  test('open with every step', async () => {
    const at = await desk();
    const story = stories['running-workers']!();
    at.knows(story);
    await at.click('details', buttonValue(story.run, 'details'));
    const opened = JSON.stringify(at.slack.views.get('V1'));
    expect(opened).toContain('page 1 of 1');
    expect(opened).toContain('kubeadm upgrade apply v1.34.9');
  });

  test('of a large cluster turn their pages', async () => {
    const at = await desk();
    const story = new Story(realPlan({ workers: workers(200) }));
    at.knows(story);
    await at.click('details', buttonValue(story.run, 'details'));
    await at.inView('V1', { id: 'details.page.on', value: `${storyRun} 1` });
    expect(JSON.stringify(at.slack.views.get('V1'))).toContain('page 2 of');
    await at.inView('V1', { id: 'details.page.on', value: `${storyRun} 9999` });
    expect(JSON.stringify(at.slack.views.get('V1'))).toMatch(/page (\d+) of \1/);
  });

  test('lead to no other run', async () => {
    const at = await desk();
    const story = stories['running-workers']!();
    at.knows(story);
    await at.click('details', buttonValue(story.run, 'details'));
    const before = at.slack.views.get('V1');
    await at.inView('V1', { id: 'details.page.on', value: 'zzzzzz 1' });
    expect(at.slack.views.get('V1')).toBe(before);
  });

  test('that Slack does not open are answered', async () => {
    const at = await desk();
    const story = stories['running-workers']!();
    at.knows(story);
    at.slack.openError = 'expired_trigger_id';
    const { answers } = await at.click('details', buttonValue(story.run, 'details'));
    expect(answers[0]).toContain('press Details once more');
  });
});
