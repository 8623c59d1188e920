import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/domain/event.ts';
import type { Failure } from '../../src/domain/failure.ts';
import { type Instant, instant, PlanDigest } from '../../src/domain/names.ts';
import type { Run } from '../../src/domain/run.ts';
import { InvalidTransition } from '../../src/run/record/invalid-transition.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import { transitions } from '../../src/run/record/transition.ts';
import { amir, channel, dana, li, runId, samplePlan, sampleStep } from '../support/sample-plan.ts';

/** What can never be written down of a run, whoever asks for it: the last check before the store. */

const plan = samplePlan({ approvals: { needed: 2 } });
const { digest } = plan;
const { key: step } = sampleStep('check-drift', 'cluster');
const moment = Date.UTC(2026, 10, 23, 3);
const at: Instant = instant(moment);
const later: Instant = instant(moment + 60_000);
const failure: Failure = {
  code: 'packages.locked',
  message: 'apt is busy',
  facts: {},
  lastWords: [],
  retry: 'transient',
};

const proposed = newRun({
  id: runId,
  plan,
  requestedBy: dana,
  channel,
  now: moment,
  expireAfterMinutes: 60,
}).run;
const by = {
  amir: { kind: 'approval-given', at, by: amir, digest },
  li: { kind: 'approval-given', at, by: li, digest },
} as const;
const started: RunEvent[] = [by.amir, by.li, { kind: 'run-approved', at }, { kind: 'run-started', at }];
const begun = { kind: 'step-started', at, step, attempt: 1 } as const;
const done = { kind: 'step-succeeded', at, step, attempt: 1, alreadyDone: false, facts: {} } as const;
const failed = { kind: 'step-failed', at, step, attempt: 1, failure } as const;
const halted = { kind: 'run-halted', at, step, failure } as const;
const ends: Readonly<Record<string, RunEvent[]>> = {
  rejected: [{ kind: 'run-rejected', at, by: amir }],
  expired: [{ kind: 'run-expired', at }],
  voided: [{ kind: 'run-voided', at, reason: 'the cluster has changed' }],
  succeeded: [...started, { kind: 'run-succeeded', at }],
  aborted: [...started, { kind: 'abort-requested', at, by: dana }, { kind: 'run-aborted', at }],
};

function refused(before: readonly RunEvent[], event: RunEvent): void {
  const run = transitions(proposed, before);
  expect(() => transitions(run, [event])).toThrow(InvalidTransition);
}

describe('an approval', () => {
  test('of another plan’s digest does not count', () => {
    refused([], { ...by.amir, digest: PlanDigest.parse('f'.repeat(64)) });
  });

  test('of the same person does not count twice', () => {
    refused([by.amir], by.amir);
  });

  test('that comes when the plan is not proposed any more does not count', () => {
    refused([by.amir, by.li, { kind: 'run-approved', at }], { ...by.amir, by: dana });
  });

  test('is one too few: the run is not approved', () => {
    refused([by.amir], { kind: 'run-approved', at });
    expect(transitions(proposed, [by.amir, by.li, { kind: 'run-approved', at }]).status).toBe('approved');
  });
});

describe('a run', () => {
  test('does not start unapproved, nor twice', () => {
    refused([by.amir, by.li], { kind: 'run-started', at });
    refused(started, { kind: 'run-started', at });
  });

  test.each(Object.entries(ends))('that is %s stays so, and says when it ended', (status, events) => {
    expect(transitions(proposed, events)).toMatchObject({ status, endedAt: at });
    const attempts: RunEvent[] = [
      by.amir,
      { kind: 'run-approved', at: later },
      { kind: 'run-started', at: later },
      { ...begun, at: later },
      { kind: 'run-aborted', at: later },
      { kind: 'run-succeeded', at: later },
      { kind: 'run-voided', at: later, reason: 'again' },
      { kind: 'run-expired', at: later },
      { kind: 'run-rejected', at: later, by: amir },
      { kind: 'abort-requested', at: later, by: dana },
      { kind: 'run-handed-over', at: later, by: dana, to: li },
      { kind: 'incident-declared', at: later, by: dana, channel, name: 'inc-1' },
    ];
    for (const event of attempts) refused(events, event);
  });

  test('is paused only when it comes to a pause, and resumed only from one', () => {
    refused(started, { kind: 'run-paused', at });
    refused(started, { kind: 'run-resumed', at, by: dana });
    const paused = transitions(proposed, [
      ...started,
      { kind: 'pause-requested', at, by: dana },
      { kind: 'run-paused', at },
    ]);
    expect(paused).toMatchObject({ status: 'paused', pauseRequestedBy: dana });
    const resumed = transitions(paused, [{ kind: 'run-resumed', at, by: dana }]);
    expect(resumed.status).toBe('running');
    expect(resumed).not.toHaveProperty('pauseRequestedBy');
  });

  test('that did not halt takes no decision, and is aborted only after somebody asked', () => {
    refused([...started, begun], { kind: 'decision-made', at, by: dana, step, choice: 'retry' });
    refused(started, { kind: 'run-aborted', at });
  });

  test('that halts at two steps is halted since the first', () => {
    const run = transitions(proposed, [...started, begun, failed, halted, { ...halted, at: later }]);
    expect(run.halt?.since).toBe(at);
  });
});

describe('a step', () => {
  test('is not begun before its run, while the run is paused, or a second time', () => {
    refused([by.amir, by.li, { kind: 'run-approved', at }], begun);
    refused([...started, { kind: 'pause-requested', at, by: dana }, { kind: 'run-paused', at }], begun);
    refused([...started, begun], { ...begun, attempt: 2 });
    refused([...started, begun, done], { ...begun, attempt: 2 });
    refused([...started, begun, failed], { ...begun, attempt: 2 });
  });

  test('ends in the attempt that is under way, and in no other', () => {
    refused([...started, begun], { ...done, attempt: 2 });
    refused([...started, begun], { ...failed, attempt: 2 });
    refused([...started, begun, done], done);
    refused(started, done);
  });

  test('that runs or is through is not left out', () => {
    const skipped = { kind: 'step-skipped', at, step, by: dana, reason: 'later' } as const;
    refused([...started, begun], skipped);
    refused([...started, begun, done], skipped);
    expect(transitions(proposed, [...started, skipped]).steps.get(step)?.status).toBe('skipped');
  });

  test('that is tried again keeps when it began first, and forgets its failure when it succeeds', () => {
    const again: Run = transitions(proposed, [
      ...started,
      begun,
      { ...failed, retryAt: later },
      { ...begun, at: later, attempt: 2 },
      { ...done, at: later, attempt: 2 },
    ]);
    const record = again.steps.get(step);
    expect(record).toMatchObject({
      status: 'succeeded',
      attempt: 2,
      budgetFrom: 1,
      startedAt: at,
      endedAt: later,
    });
    expect(record).not.toHaveProperty('failure');
    expect(record).not.toHaveProperty('retryAt');
  });
});

test('every event makes the revision one more', () => {
  let run = proposed;
  for (const event of [...started, begun, done]) {
    const next = transitions(run, [event]);
    expect(next.revision).toBe(run.revision + 1);
    run = next;
  }
});
