import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { instant, type StepKey } from '../../src/domain/names.ts';
import type { Run } from '../../src/domain/run.ts';
import { nextSteps } from '../../src/run/next/next-steps.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import { transitions } from '../../src/run/record/transition.ts';
import { createEffectWorld, effectHandlers, failing } from '../support/effects.ts';
import { amir, channel, dana, runId, samplePlan, sampleStep } from '../support/sample-plan.ts';
import { slowly, virtualRun } from '../support/virtual-run.ts';

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

/**
 * A whole run in which one step is tried again twice, and the time of day is set once, at a commit.
 * @returns how it ended, how often each step was done, and how long it took
 */
async function runWith(at: number, byMs: number) {
  const world = createEffectWorld();
  const away = () => new StepFailure('ssh.unreachable', 'away', { retry: 'transient' });
  world.around = failing('install-kubelet', 'w-02', 2, away);
  let commits = 0;
  let set = (): void => undefined;
  const virtual = virtualRun(
    samplePlan({ retries }),
    (clock) => {
      set = () => clock.set(byMs);
      return slowly(effectHandlers(world), clock, () => 20);
    },
    {
      onEvent() {
        commits += 1;
        if (commits === at) set();
      },
    },
  );
  const began = virtual.clock.elapsed();
  const { status } = await virtual.drive();
  return { status, done: [...world.done.values()], tookMs: virtual.clock.elapsed() - began, commits };
}

test.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])(
  'a run whose time of day is set an hour %s, at any commit, ends as it would have, no later than its longest delay',
  async (_, byMs) => {
    const undisturbed = await runWith(0, 0);
    expect(undisturbed).toMatchObject({ status: 'succeeded' });
    for (let at = 4; at <= undisturbed.commits; at += 3) {
      const { tookMs, ...ended } = await runWith(at, byMs);
      expect({ at, ...ended }).toEqual({
        at,
        status: 'succeeded',
        done: undisturbed.done,
        commits: undisturbed.commits,
      });
      expect(tookMs).toBeLessThanOrEqual(undisturbed.tookMs + retries.longestDelaySeconds * 1_000);
    }
  },
);
