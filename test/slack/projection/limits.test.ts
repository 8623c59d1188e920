import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockageReason } from '../../../src/domain/blockage.ts';
import type { StoredEvent } from '../../../src/domain/event.ts';
import { type FailureCode, failureCodes } from '../../../src/domain/failure.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { instant, type StepKey } from '../../../src/domain/names.ts';
import { type Plan, stepsOf } from '../../../src/domain/plan.ts';
import { openWait, type Run, type RunStatus, type StepRecord } from '../../../src/domain/run.ts';
import type { Step } from '../../../src/domain/step.ts';
import { awaitsSecond, nextNumber } from '../../../src/domain/waiting.ts';
import { toMessage } from '../../../src/slack/blocks/to-message.ts';
import { detailsModal } from '../../../src/slack/inbound/details-view.ts';
import { chunkMessage, nextChunk } from '../../../src/slack/projection/chunks.ts';
import { runCard } from '../../../src/slack/projection/run-card.ts';
import { cardKey, openCards, threadCard } from '../../../src/slack/projection/thread-cards.ts';
import { threadLines } from '../../../src/slack/projection/thread-lines.ts';
import { messageProblems, viewProblems } from '../../support/slack-limits.ts';
import { chronicleOf, contextOf, realPlan, workers } from '../../support/stories.ts';
import { people, Story } from '../../support/story.ts';

const seed = 20_261_123;

/** What machines and people manage to print: markup, mentions, backticks, endless lines, odd characters. */
const nasty = fc.oneof(
  fc.constantFrom(
    '<!channel> look',
    '<https://evil.example|harmless>',
    '`code` ``` fence',
    '& &amp; <@U123>',
    '\u202Egnp.exe\u0000\u001b[31m',
    'x'.repeat(20_000),
    'line\n'.repeat(2_000),
    '😀'.repeat(3_000),
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
);

const failure = fc.record({
  code: fc.constantFrom(...(Object.keys(failureCodes) as FailureCode[])),
  message: nasty,
  facts: fc.dictionary(fc.string({ maxLength: 20 }), nasty, { maxKeys: 3 }),
  lastWords: fc.array(nasty, { maxLength: 30 }),
  retry: fc.constant('halt' as const),
});

const finding: fc.Arbitrary<Finding> = fc.record({
  code: fc.constantFrom('pdb.blocks-now', 'skew.minor-skipped', 'certificates.expiring-soon'),
  severity: fc.constantFrom('warning' as const, 'info' as const),
  objects: fc.constant([]),
  summary: nasty,
  facts: fc.constant({}),
  remedy: nasty,
});

const moves = ['note', 'block', 'retry', 'halt', 'pause', 'abort', 'succeed', 'stand', 'answer'] as const;
const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
/** What holds a drain up: names are as Kubernetes allows them, everything else is whatever somebody wrote. */
const standstill = fc.record({
  blockages: fc.array(
    fc.record({
      namespace: name,
      name: fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/),
      uid: fc.uuid(),
      reason: fc.constantFrom(...BlockageReason.options),
      message: nasty,
      since: fc.constant(instant(Date.parse('2026-11-23T08:00:00.000Z'))),
      budgets: fc.array(
        fc.record({
          namespace: name,
          name,
          minAvailable: fc.constantFrom('1', '50%'),
          desiredHealthy: fc.nat(500),
          currentHealthy: fc.nat(500),
          expectedPods: fc.nat(500),
          disruptionsAllowed: fc.nat(3),
        }),
        { maxLength: 12 },
      ),
      owner: fc.record({ text: nasty, source: nasty }),
      workload: fc.record({
        kind: fc.constantFrom('Deployment' as const, 'StatefulSet' as const),
        namespace: name,
        name,
        replicas: fc.nat(5_000),
      }),
    }),
    { minLength: 1, maxLength: 60 },
  ),
  moved: fc.nat(500),
  left: fc.nat(500),
  since: fc.constant(instant(Date.parse('2026-11-23T08:00:00.000Z'))),
  until: fc.constant(instant(Date.parse('2026-11-23T12:00:00.000Z'))),
});

const move = fc.record({
  standstill,
  kind: fc.constantFrom(...moves),
  failure,
  text: nasty,
  facts: fc.dictionary(fc.string({ maxLength: 30 }), nasty, { maxKeys: 8 }),
  seconds: fc.integer({ min: 0, max: 40_000 }),
});
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

/** The first steps that may run now: one of each turn of the present batch. */
function nextUp(story: Story): Step[] {
  for (const phase of story.run.plan.phases) {
    for (const batch of phase.batches) {
      const open = batch.turns.flatMap((turn) => {
        const step = turn.steps.find(({ key }) => {
          const status = story.run.steps.get(key)?.status;
          return status !== 'succeeded' && status !== 'skipped';
        });
        return step === undefined ? [] : [step];
      });
      if (open.length > 0) return open;
    }
  }
  return [];
}

/** Somebody wants the first pod deleted; somebody else agrees the second time. */
function answer(story: Story, { key: step }: Step, reason: string): void {
  const [pod] = openWait(story.run, step)?.standstill?.blockages ?? [];
  const given = story.run.steps.get(step)?.answers ?? [];
  const pending = given.find(awaitsSecond);
  if (pending) {
    story.tell({ kind: 'answer-seconded', step, by: people.li, number: pending.number });
  } else if (pod) {
    const { namespace, name: pods, uid } = pod;
    const said = { at: story.in(0), by: people.dana };
    story.tell(
      {
        kind: 'answer-given',
        step,
        number: nextNumber(given),
        answer: { kind: 'delete-pod', namespace, name: pods, uid, ...said },
        reason,
      },
      { kind: 'owner-told', by: people.dana, step, pod: { namespace, name: pods, uid }, owner: '<@U0OWNER>' },
      { kind: 'people-reminded', step },
    );
  }
}

/** Does a move if the run's state has room for it. */
function make(story: Story, { kind, failure, text, facts, seconds, standstill: stands }: Move): void {
  story.wait(seconds);
  const { run } = story;
  if (run.status === 'pausing') story.tell({ kind: 'run-paused' });
  if (run.status === 'paused' || run.status === 'pausing') {
    story.tell({ kind: 'run-resumed', by: people.li });
    return;
  }
  if (run.status === 'halted' && run.halt !== undefined) {
    story.tell({ kind: 'decision-made', by: people.amir, choice: 'retry', step: run.halt.step });
    return;
  }
  if (run.status !== 'running') return;
  for (const step of nextUp(story).slice(0, 3)) {
    const record = story.run.steps.get(step.key);
    if (record?.status === 'failed') continue;
    if (record?.status !== 'running') story.start(step);
    const attempt = story.run.steps.get(step.key)?.attempt ?? 1;
    if (kind === 'note') story.tell({ kind: 'step-noted', step: step.key, text });
    else if (kind === 'block') story.tell({ kind: 'step-blocked', step: step.key, failure });
    else if (kind === 'stand') {
      story.tell({ kind: 'step-blocked', step: step.key, failure, standstill: stands });
    } else if (kind === 'answer') answer(story, step, text);
    else if (kind === 'retry') {
      story.tell({ kind: 'step-failed', step: step.key, attempt, failure, retryAt: story.in(60) });
    } else if (kind === 'halt') {
      story.tell(
        { kind: 'step-failed', step: step.key, attempt, failure },
        { kind: 'run-halted', step: step.key, failure },
      );
      return;
    } else story.succeed(step, facts);
  }
  if (kind === 'pause') story.tell({ kind: 'pause-requested', by: people.li });
  if (kind === 'abort') story.tell({ kind: 'abort-requested', by: people.li });
}

/** Everything that Slack would be shown of the story as it stands. */
function problemsOf(story: Pick<Story, 'run' | 'events' | 'now'>): string[] {
  const context = contextOf(story);
  const card = runCard(story.run, chronicleOf(story), context);
  const problems = [true, false].flatMap((rich) => messageProblems(toMessage(card, { rich })));
  const chronicle = chronicleOf(story);
  const refs = [...openCards(story.run), ...chronicle.waits];
  for (const ref of refs) {
    const drawn = threadCard(story.run, cardKey(ref), chronicle, context);
    if (drawn) problems.push(...messageProblems(toMessage(drawn.card, { rich: false })));
  }
  let lines = threadLines(story.run, story.events, context);
  for (let chunk = nextChunk(lines); chunk !== undefined; chunk = nextChunk(lines)) {
    problems.push(...messageProblems(chunkMessage(chunk, 3)));
    const { lastSeq } = chunk;
    lines = lines.filter(({ seq }) => seq > lastSeq);
  }
  return problems;
}

const small = fc.record({
  controlPlanes: fc.constantFrom(1, 3, 5),
  workers: fc.integer({ min: 0, max: 40 }),
  batch: fc.integer({ min: 1, max: 10 }),
});

function planOf(shape: { controlPlanes: number; workers: number; batch: number }): Plan {
  return realPlan(
    {
      controlPlanes: Array.from({ length: shape.controlPlanes }, (_, index) => `cp-${index + 1}`),
      workers: workers(shape.workers),
    },
    { workers: { batch: shape.batch } },
  );
}

test('whatever happens to a run, every message of it keeps to Slack’s limits and rings nobody by accident', () => {
  fc.assert(
    fc.property(
      small,
      fc.array(move, { maxLength: 40 }),
      fc.array(finding, { maxLength: 60 }),
      (shape, moves, findings) => {
        const story = new Story({ ...planOf(shape), findings });
        const seen = [problemsOf(story)];
        story.approve(people.amir, people.li).begin();
        for (const [index, one] of moves.entries()) {
          make(story, one);
          if (index % 10 === 0) seen.push(problemsOf(story));
        }
        seen.push(problemsOf(story));
        expect(seen.flat()).toEqual([]);
      },
    ),
    { seed, numRuns: 60 },
  );
});

/** A run of which the first steps are through, as records and events, without the long way of telling each one. */
function throughUntil(plan: Plan, share: number, status: RunStatus): Pick<Story, 'run' | 'events' | 'now'> {
  const story = new Story(plan).approve(people.amir, people.li).begin();
  const steps = stepsOf(plan);
  const through = steps.slice(0, Math.floor(steps.length * share));
  const startedAt = story.in(0);
  const endedAt = story.in(20);
  const records = through.map(({ key }): [StepKey, StepRecord] => [
    key,
    {
      key,
      status: 'succeeded',
      attempt: 1,
      budgetFrom: 1,
      startedAt,
      endedAt,
      alreadyDone: false,
      facts: {},
    },
  ]);
  const events = through.map(
    ({ key }, index): StoredEvent => ({
      run: story.run.id,
      seq: story.events.length + index + 1,
      event: { kind: 'step-succeeded', at: endedAt, step: key, attempt: 1, alreadyDone: false, facts: {} },
    }),
  );
  const ended = status === 'succeeded' || status === 'aborted' ? { endedAt: story.in(30) } : {};
  const run: Run = { ...story.run, ...ended, status, steps: new Map(records) };
  return { run, events: [...story.events, ...events], now: story.now + 60_000 };
}

test('a thousand nodes fit: no list is cut without saying how many it leaves out', () => {
  const plan = planOf({ controlPlanes: 5, workers: 995, batch: 50 });
  expect(problemsOf(new Story(plan))).toEqual([]);
  for (const status of ['running', 'pausing', 'paused', 'aborting', 'aborted'] as const) {
    expect(problemsOf(throughUntil(plan, 0.503, status))).toEqual([]);
  }
  const aborted = throughUntil(plan, 0.503, 'aborted');
  const text = JSON.stringify(runCard(aborted.run, chronicleOf(aborted), contextOf(aborted)).parts);
  expect(text).toMatch(/and \d+ more/);
  expect(problemsOf(throughUntil(plan, 1, 'succeeded'))).toEqual([]);
});

test('the details of a thousand nodes are all there, page by page', () => {
  const plan = planOf({ controlPlanes: 5, workers: 995, batch: 50 });
  const { run } = new Story(plan);
  const shown: string[] = [];
  for (let page = 0; page < 200; page += 1) {
    const view = detailsModal(run, page);
    expect(viewProblems(view)).toEqual([]);
    if (page > 0 && view.private_metadata === detailsModal(run, page - 1).private_metadata) break;
    shown.push(JSON.stringify(view.blocks));
  }
  const all = shown.join();
  expect(all.split('drain').length - 1).toBe(
    stepsOf(plan).filter(({ kind }) => kind === 'drain-node').length,
  );
  expect(all).toContain('w-995');
});
