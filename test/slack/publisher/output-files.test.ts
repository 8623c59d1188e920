import { expect, test } from 'vitest';
import type { Failure } from '../../../src/domain/failure.ts';
import type { StepKey } from '../../../src/domain/names.ts';
import { instant, NodeName } from '../../../src/domain/names.ts';
import type { RunStore } from '../../../src/ports/run-store.ts';
import { aptLocked, is, realPlan } from '../../support/stories.ts';
import { people, Story, storyRun } from '../../support/story.ts';
import { newsroom } from './support.ts';

const minute = 60_000;
const node = NodeName.parse('w-01');
const secret = 'abcdef.0123456789abcdef';

/** What a step's command printed, as the executor keeps it. */
async function print(
  store: RunStore,
  { now }: Story,
  step: StepKey,
  lines: readonly string[],
  options: { attempt?: number; code?: number; from?: number } = {},
): Promise<void> {
  const { attempt = 1, code = 100, from = 0 } = options;
  const at = instant(now);
  const act = { base: `${storyRun}:${step}`, attempt };
  await store.beginAct({ ...act, run: storyRun, step, node, purpose: 'installing kubelet', beganAt: at });
  const to = from + Buffer.byteLength(lines.join('\n')) + 1;
  await store.keepOutput(act, [{ from, to, at, lines }], { status: 'exited', code, at });
}

const isInstall = is('install-kubelet', 'w-01');

/** A run up to the moment at which a worker's packages are being installed. */
function installing(): { story: Story; step: StepKey } {
  const story = new Story(realPlan()).approve(people.amir, people.li).begin().until(isInstall, 5);
  const step = story.step(isInstall);
  story.start(step).wait(48);
  return { story, step: step.key };
}

function halt(story: Story, step: StepKey): Story {
  const attempt = story.run.steps.get(step)?.attempt ?? 1;
  const failure = { ...aptLocked, retry: 'halt' as const };
  return story.tell({ kind: 'step-failed', step, attempt, failure }, { kind: 'run-halted', step, failure });
}

const outputs = (files: readonly { name: string; content: string }[]) =>
  files.filter(({ name }) => !name.endsWith('.md'));

test('a failing command’s whole output is a file in the thread, after the line that says what happened', async () => {
  const { slack, clock, publish, keep, store } = newsroom();
  const { story, step } = installing();
  await keep(story);
  const lines = Array.from({ length: 400 }, (_, index) => `Get:${index} grüße €`);
  await print(store, story, step, [...lines, `kubeadm join --token ${secret}`, 'E: Could not get lock']);
  await publish(halt(story, step));
  await clock.advance(5 * minute);
  const [file] = outputs(slack.files);
  expect(outputs(slack.files)).toHaveLength(1);
  expect(file).toMatchObject({
    thread: slack.parents[0]?.ts,
    name: 'prod-eu-w-01-install-kubelet-try-1.txt',
  });
  for (const line of lines) expect(file?.content).toContain(`Z ${line}\n`);
  expect(file?.content).toContain('E: Could not get lock');
  expect(file?.content).toContain('exit status 100');
  expect(file?.content).not.toContain(secret);
  const halted = slack.messages.find(({ message }) => message.text.includes('needs a decision'));
  expect(halted).toBeDefined();
  expect((await store.telling(storyRun))?.outputFiles).toEqual({ [story.run.halt?.since ?? '']: 'done' });
});

test('what was left out in the middle is counted', async () => {
  const { slack, clock, publish, keep, store } = newsroom();
  const { story, step } = installing();
  await keep(story);
  await print(store, story, step, ['begun']);
  await print(store, story, step, ['ended'], { from: 412_006 });
  await publish(halt(story, step));
  await clock.advance(5 * minute);
  expect(outputs(slack.files)[0]?.content).toMatch(/begun\n… 412 KB left out …\n\S+ ended\n/);
});

test('only the attempt that failed counts, and a failure without a command has no file', async () => {
  const { slack, clock, publish, keep, store } = newsroom();
  const { story, step } = installing();
  await keep(story);
  await print(store, story, step, ['of the first try']);
  story.tell({ kind: 'step-failed', step, attempt: 1, failure: aptLocked, retryAt: story.in(10) }).wait(10);
  story.tell({ kind: 'step-started', step, attempt: 2 });
  await publish(halt(story, step));
  await clock.advance(5 * minute);
  expect(outputs(slack.files)).toEqual([]);
});

test('at the end the log of the whole run is one file: every step, and what its commands printed', async () => {
  const { slack, clock, publish, keep, store } = newsroom();
  const { story, step } = installing();
  await keep(story);
  await print(store, story, step, ['Unpacking kubelet', 'Setting up kubelet'], { code: 0 });
  story
    .succeed(story.step(isInstall))
    .until(() => false, 5)
    .tell({ kind: 'run-succeeded' });
  await publish(story);
  await clock.advance(10 * minute);
  const [file] = outputs(slack.files);
  expect(outputs(slack.files)).toHaveLength(1);
  expect(file?.name).toBe('prod-eu-v1.34.9-k7f3ab.log');
  for (const key of story.run.steps.keys()) {
    const name = key.split('/')[1] ?? '';
    if (name.startsWith('w-') || name.startsWith('cp-')) expect(file?.content).toContain(` ${name} · `);
  }
  expect(file?.content).toMatch(/w-01 · install kubelet and kubectl v1\.34\.9 · succeeded after 48 s\n/);
  expect(file?.content).toMatch(/Z Unpacking kubelet\n\S+Z Setting up kubelet\n/);
});

/** A run that has printed and is over, of which nothing is told yet. */
async function overAndUntold() {
  const first = newsroom();
  const { story, step } = installing();
  await first.keep(story);
  await print(first.store, story, step, ['Setting up kubelet'], { code: 0 });
  story
    .succeed(story.step(isInstall))
    .until(() => false, 5)
    .tell({ kind: 'run-succeeded' });
  return { first, story };
}

test('a process that dies before the log is there is followed by one that puts it there, and then none does', async () => {
  const { first, story } = await overAndUntold();
  first.slack.uploadOutcome = () => 'lost';
  await first.publish(story);
  await first.clock.advance(2_000);
  await first.publisher.stop(0);
  const lost = outputs(first.slack.files).length;
  expect(lost).toBeLessThanOrEqual(2);
  first.slack.uploadOutcome = () => ({ status: 'uploaded' });
  for (let process = 0; process < 3; process += 1) {
    const next = newsroom(first);
    await next.publisher.start();
    await next.clock.advance(10 * minute);
  }
  const logs = outputs(first.slack.files).length;
  expect(logs).toBeGreaterThanOrEqual(1);
  expect(logs).toBeLessThanOrEqual(2);
  expect((await first.store.telling(storyRun))?.outputFiles?.log).toMatch(/done|twice/);
  expect(await first.store.unfinishedTellings()).toEqual([]);
});

test('a log that was on its way when the process died is tried once more by the next', async () => {
  const { first, story } = await overAndUntold();
  await first.publish(story);
  await first.clock.advance(10 * minute);
  const telling = await first.store.telling(storyRun);
  if (telling === undefined) throw new Error('nothing was told');
  for (const [before, files] of [
    ['once', 2],
    ['twice', 2],
    ['words', 2],
    ['done', 2],
  ] as const) {
    await first.store.saveTelling({ ...telling, outputFiles: { log: before } });
    const next = newsroom(first);
    await next.publisher.start();
    await next.clock.advance(10 * minute);
    expect(outputs(first.slack.files), before).toHaveLength(files);
  }
  expect(first.slack.thread.filter((text) => text.includes('/k8s-upgrade output k7f3ab'))).toHaveLength(1);
});

test('without the scope for files the last lines are a message, with the command that gets the rest', async () => {
  const { slack, clock, publish, keep, store } = newsroom();
  let asked = 0;
  slack.uploadOutcome = () => {
    asked += 1;
    return { status: 'refused', error: 'missing_scope' };
  };
  const { story, step } = installing();
  await keep(story);
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index} <!channel> \`x\``);
  await print(store, story, step, lines);
  await publish(halt(story, step));
  await clock.advance(5 * minute);
  const told = slack.thread.find((text) => text.includes('line 199'));
  expect(told).toContain('170 earlier lines left out');
  expect(told).toContain('/k8s-upgrade output k7f3ab w-01');
  expect(slack.files).toEqual([]);
  // The plan's file and this one: after that nobody asks Slack again.
  expect(asked).toBeLessThanOrEqual(2);
  story.tell({ kind: 'decision-made', by: people.dana, choice: 'retry', step }).wait(5);
  story.tell({ kind: 'step-started', step, attempt: 2 }).wait(5);
  await keep(story);
  await print(store, story, step, ['once more'], { attempt: 2 });
  await publish(halt(story, step));
  await clock.advance(5 * minute);
  expect(asked).toBeLessThanOrEqual(2);
  expect(slack.thread.filter((text) => text.includes('once more'))).toHaveLength(1);
});

test('Slack that is down gets the file when it is back, once', async () => {
  const { slack, clock, publish, keep, store } = newsroom();
  const { story, step } = installing();
  await keep(story);
  await print(store, story, step, ['E: Could not get lock']);
  let down = true;
  slack.fault = () => (down ? { status: 'unavailable', sent: 'no', reason: 'ECONNREFUSED' } : undefined);
  slack.uploadOutcome = () =>
    down ? { status: 'unavailable', sent: 'no', reason: 'ECONNREFUSED' } : { status: 'uploaded' };
  await publish(halt(story, step));
  await clock.advance(20 * minute);
  down = false;
  await clock.advance(10 * minute);
  expect(outputs(slack.files)).toHaveLength(1);
});

test('a command that is waited for twice has one file, and another one when it has failed', async () => {
  const { slack, clock, publish, keep, store } = newsroom();
  const { story, step } = installing();
  const act = { node, base: `${storyRun}:${step}`, attempt: 1 };
  const goesOn = { ...aptLocked, code: 'command.still-running', retry: 'halt', act } as const;
  const stop = (failure: Failure) =>
    story.tell({ kind: 'step-failed', step, attempt: 1, failure }, { kind: 'run-halted', step, failure });
  await keep(story);
  await print(store, story, step, ['Unpacking kubelet']);
  await publish(stop(goesOn));
  await clock.advance(5 * minute);
  for (const _ of [1, 2]) {
    story.wait(60).tell({ kind: 'decision-made', by: people.dana, choice: 'wait', step }).wait(600);
    await publish(stop(goesOn));
    await clock.advance(5 * minute);
  }
  expect(outputs(slack.files)).toHaveLength(1);
  story.wait(60).tell({ kind: 'decision-made', by: people.dana, choice: 'wait', step }).wait(600);
  await publish(stop({ ...aptLocked, retry: 'halt' }));
  await clock.advance(5 * minute);
  expect(outputs(slack.files)).toHaveLength(2);
});

test('a file that Slack refuses for its own sake is no reason to ask for no other', async () => {
  const { slack, clock, publish, keep, store } = newsroom();
  let refusals = 1;
  slack.uploadOutcome = () =>
    refusals-- > 0 ? { status: 'uploaded' } : { status: 'refused', error: 'malware_detected' };
  const { story, step } = installing();
  await keep(story);
  await print(store, story, step, ['looks odd']);
  await publish(halt(story, step));
  await clock.advance(5 * minute);
  expect(slack.thread.filter((text) => text.includes('looks odd'))).toHaveLength(1);
  slack.uploadOutcome = () => ({ status: 'uploaded' });
  story.tell({ kind: 'abort-requested', by: people.dana }).wait(5).tell({ kind: 'run-aborted' });
  await publish(story);
  await clock.advance(5 * minute);
  expect(outputs(slack.files).map(({ name }) => name)).toEqual(['prod-eu-v1.34.9-k7f3ab.log']);
});
