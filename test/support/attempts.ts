import type { Answer, Standstill } from '../../src/domain/blockage.ts';
import type { GateVote } from '../../src/domain/course.ts';
import { type Failure, StepFailure } from '../../src/domain/failure.ts';
import { ClusterName, instant, RunId } from '../../src/domain/names.ts';
import { Policy } from '../../src/domain/policy.ts';
import type { Step } from '../../src/domain/step.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../../src/ports/step-handler.ts';
import { Crash } from './effects.ts';
import { waitingClockStart } from './waiting-clock.ts';

export const cluster = ClusterName.parse('prod-eu');
export const run = RunId.parse('abc234');

/** What was told and recorded in the course of an attempt. */
export interface TestContext extends AttemptContext {
  readonly notes: string[];
  readonly blocks: Failure[];
  /** What was told with them. */
  readonly standstills: Standstill[];
  /** How often it was told that what blocked has resolved. */
  readonly resolved: { count: number };
  /** What people answer; a test may add to it in the middle of an attempt. */
  readonly given: Answer[];
  /** What people say at a gate. */
  readonly voted: GateVote[];
  readonly backups: { kind: string; path: string; sha256: string }[];
  readonly stop: AbortController;
  readonly abandon: AbortController;
}

export function testContext(
  more: {
    policy?: unknown;
    attempt?: number;
    backups?: TestContext['backups'];
    startedAt?: number;
    given?: Answer[];
  } = {},
): TestContext {
  const notes: string[] = [];
  const blocks: Failure[] = [];
  const backups = more.backups ?? [];
  const stop = new AbortController();
  const abandon = new AbortController();
  const standstills: Standstill[] = [];
  const resolved = { count: 0 };
  const given = more.given ?? [];
  const voted: GateVote[] = [];
  return {
    run,
    cluster,
    policy: Policy.parse(more.policy ?? {}),
    attempt: more.attempt ?? 1,
    // As the clocks of tests begin.
    startedAt: instant(more.startedAt ?? waitingClockStart),
    skippedNodes: new Set(),
    signal: stop.signal,
    abandoned: abandon.signal,
    notes,
    blocks,
    backups,
    stop,
    abandon,
    standstills,
    resolved,
    given,
    voted,
    note: (text) => void notes.push(text),
    output: () => undefined,
    record: () => ({ output: () => undefined, ended: async () => undefined }),
    blocked(failure, standstill) {
      blocks.push(failure);
      if (standstill) standstills.push(standstill);
    },
    unblocked() {
      resolved.count += 1;
    },
    answers: () => given,
    votes: () => voted,
    recordBackup: async ({ kind, path, sha256 }) => void backups.push({ kind, path, sha256 }),
  };
}

export type Tried =
  | { readonly status: 'succeeded'; readonly alreadyDone: boolean; readonly facts: StepFacts }
  | { readonly status: 'failed'; readonly failure: StepFailure };

/** One attempt as the executor makes it: observe, act if there is something to do, verify. */
export async function attempt<S extends Step>(
  handler: StepHandler<S>,
  step: S,
  context: AttemptContext,
): Promise<Tried> {
  try {
    const observed = await handler.observe(step, context);
    if (observed.status === 'done') return { status: 'succeeded', alreadyDone: true, facts: observed.facts };
    await handler.act(step, context);
    return { status: 'succeeded', alreadyDone: false, facts: await handler.verify(step, context) };
  } catch (error) {
    if (error instanceof StepFailure) return { status: 'failed', failure: error };
    throw error;
  }
}

/**
 * Attempts until the step is through, as the executor would: after a crash the same attempt begins anew, after a
 * transient failure the next one does. Gives up after 20 tries; a failure that halts is thrown.
 */
export async function drive<S extends Step>(
  handler: () => StepHandler<S>,
  step: S,
  context: (attempt: number) => AttemptContext = (number) => testContext({ attempt: number }),
): Promise<Extract<Tried, { status: 'succeeded' }>> {
  let number = 1;
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      const tried = await attempt(handler(), step, context(number));
      if (tried.status === 'succeeded') return tried;
      if (tried.failure.retry === 'halt') throw tried.failure;
      number += 1;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
  throw new Error(`${step.key} was not through after 20 tries`);
}
