import { expect, test } from 'vitest';
import { instant, type StepKey } from '../../src/domain/names.ts';
import type { Run } from '../../src/domain/run.ts';
import { newRun } from '../../src/run/new-run.ts';
import { nextSteps } from '../../src/run/next-steps.ts';
import { transitions } from '../../src/run/transition.ts';
import { amir, channel, dana, runId, samplePlan, sampleStep } from '../support/sample-plan.ts';

const noon = Date.parse('2026-11-23T12:00:00.000Z');
const retries = { attempts: 8, firstDelaySeconds: 5, longestDelaySeconds: 120 };

/** A run whose first step waits for its next try, at most two minutes away. */
function waiting(key: StepKey, inMs: number): Run {
  const plan = samplePlan({ retries });
  const { run } = newRun({ id: runId, plan, requestedBy: dana, channel, now: noon, expireAfterMinutes: 60 });
  const at = instant(noon);
  return transitions(run, [
    { kind: 'approval-given', at, by: amir, digest: plan.digest },
    { kind: 'run-approved', at },
    { kind: 'run-started', at },
    { kind: 'step-started', at, step: key, attempt: 1 },
    {
      kind: 'step-failed',
      at,
      step: key,
      attempt: 1,
      failure: { code: 'ssh.unreachable', message: 'away', facts: {}, lastWords: [], retry: 'transient' },
      retryAt: instant(noon + inMs),
    },
  ]);
}

test('a retry whose moment is farther away than any delay is due: the clock was set back', () => {
  const key = sampleStep('check-drift', 'cluster').key;
  const run = waiting(key, 140_000);
  expect(nextSteps(run, noon)).toMatchObject({ runnable: [], waitUntil: noon + 140_000 });
  expect(nextSteps(run, noon - 3_600_000).runnable.map((step) => step.key)).toEqual([key]);
});
