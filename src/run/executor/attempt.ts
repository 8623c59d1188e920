import type { RunEvent } from '../../domain/event.ts';
import { type Failure, failureOf } from '../../domain/failure.ts';
import { type Instant, instant } from '../../domain/names.ts';
import type { Run, StepRecord } from '../../domain/run.ts';
import type { Step } from '../../domain/step.ts';
import { counts } from '../../domain/waiting.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { OutputStore } from '../../ports/output-store.ts';
import type { NodeUpkeep } from '../../ports/remote-host.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { AttemptContext, StepHandler, StepHandlers } from '../../ports/step-handler.ts';
import { policyFor } from '../next/pool-policy.ts';
import { quarantinedFor } from '../next/quarantine.ts';
import { retryDelayMs } from '../next/retry.ts';
import { withSkip } from '../next/skip.ts';
import { skippedNodes } from '../next/turns.ts';
import type { Journal } from '../record/journal.ts';
import { createActLog } from './act-log.ts';
import { catchUp } from './catch-up.ts';
import { clipped } from './clipped.ts';
import { stopAndObserve } from './stop-act.ts';

export interface AttemptDeps {
  readonly store: Pick<RunStore, 'addBackup' | 'events'> & OutputStore;
  readonly handlers: StepHandlers;
  readonly upkeep: Pick<NodeUpkeep, 'stopAct' | 'readOutput'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/**
 * One attempt at one step: observe, act if there is something to do, verify; every outcome is committed. An attempt
 * that was begun before a crash goes on under its old number, so that its act finds what it had started.
 * @param signals `signal` for the process or the lease, `abandoned` for the run that is to be aborted
 */
export async function attemptStep(
  deps: AttemptDeps,
  journal: Journal,
  step: Step,
  signals: Pick<AttemptContext, 'signal' | 'abandoned'>,
): Promise<void> {
  const { signal } = signals;
  const isTakenUp = journal.run.steps.get(step.key)?.status === 'running';
  const { attempt, startedAt } = await begin(deps, journal, step);
  const context = contextOf(deps, journal, step, { attempt, startedAt, ...signals });
  let outcome: (run: Run) => readonly RunEvent[];
  try {
    const stop = journal.run.steps.get(step.key)?.stop;
    const { alreadyDone, facts } = stop
      ? await stopAndObserve(deps, step, context, stop)
      : await observeActVerify(deps, step, context);
    // What was through before anybody looked again has printed something that its last reader did not live to keep.
    if (isTakenUp && alreadyDone) await catchUp(deps, journal.run, step.key);
    const at = instant(deps.clock.now());
    // What is through when an attempt is taken up was done by the process before, not by somebody before the run.
    const found = { alreadyDone: alreadyDone && !isTakenUp, facts: { ...facts } };
    outcome = (run) => {
      const done = [{ kind: 'step-succeeded', at, step: step.key, attempt, ...found } as const];
      return withSkip(run, step.key, done, at) ?? done;
    };
  } catch (error) {
    // Asked to stop: the step stays begun, and the next process takes it up under the same number.
    if (signal.aborted) return;
    const failure = failureOf(error);
    outcome = (run) => eventsOfFailure(deps, run, step, attempt, failure);
  }
  await journal.append(outcome);
}

type Begun = Pick<AttemptContext, 'attempt' | 'startedAt'>;

async function begin(deps: AttemptDeps, journal: Journal, step: Step): Promise<Begun> {
  const record = journal.run.steps.get(step.key);
  if (record?.status === 'running') {
    const { attempt } = record;
    return { attempt, startedAt: await startOf(deps, journal.run, step, record) };
  }
  const attempt = (record?.attempt ?? 0) + 1;
  const at = instant(deps.clock.now());
  await journal.append(() => [{ kind: 'step-started', at, step: step.key, attempt }]);
  return { attempt, startedAt: at };
}

/** When an attempt that is taken up again had begun: its record tells only when the step's first one did. */
async function startOf(deps: AttemptDeps, run: Run, step: Step, record: StepRecord): Promise<Instant> {
  const began = (await deps.store.events(run.id, 0)).findLast(
    ({ event }) =>
      event.kind === 'step-started' && event.step === step.key && event.attempt === record.attempt,
  );
  return began?.event.at ?? record.startedAt ?? instant(deps.clock.now());
}

async function observeActVerify(
  deps: AttemptDeps,
  step: Step,
  context: AttemptContext,
): Promise<{ alreadyDone: boolean; facts: Readonly<Record<string, string>> }> {
  // The registry's type says that the handler of a kind takes steps of that kind; a union cannot follow it.
  const handler = deps.handlers[step.kind] as StepHandler<Step>;
  const observed = await handler.observe(step, context);
  if (observed.status === 'done') return { alreadyDone: true, facts: observed.facts };
  await handler.act(step, context);
  return { alreadyDone: false, facts: await handler.verify(step, context) };
}

function eventsOfFailure(
  deps: AttemptDeps,
  run: Run,
  step: Step,
  attempt: number,
  failure: Failure,
): readonly RunEvent[] {
  const record = run.steps.get(step.key);
  if (record?.status !== 'running') return [];
  const now = deps.clock.now();
  const at = instant(now);
  const failed = { kind: 'step-failed', at, step: step.key, attempt, failure } as const;
  if (run.status === 'aborting') {
    // Nothing is begun again but what puts a node back.
    const delayMs =
      step.kind === 'uncordon-node' || step.kind === 'unmark-next-nodes'
        ? retryDelayMs(failure, record, run.plan.policy.retries, deps.random())
        : undefined;
    return [delayMs === undefined ? failed : { ...failed, retryAt: instant(now + delayMs) }];
  }
  if (failure.code === 'plan.drifted') return [failed, { kind: 'run-voided', at, reason: failure.message }];
  const leftOut = withSkip(run, step.key, [failed], at);
  if (leftOut !== undefined) return leftOut;
  const isStopped = (record.answers ?? []).some((given) => given.answer.kind === 'stop');
  const delayMs = isStopped
    ? undefined
    : retryDelayMs(failure, record, run.plan.policy.retries, deps.random());
  if (delayMs !== undefined) return [{ ...failed, retryAt: instant(now + delayMs) }];
  const node = isStopped ? undefined : quarantinedFor(run, step, failure);
  return node === undefined
    ? [failed, { kind: 'run-halted', at, step: step.key, failure }]
    : [failed, { kind: 'node-quarantined', at, node, step: step.key, attempt, failure }];
}

/** Commands that are through sooner show nothing but their outcome. */
const sampleEveryMs = 60_000;

/** Lets the newest line through once a minute: enough to see that a command is alive, too little to flood a thread. */
function sampled(clock: Clock, tell: (line: string) => void): AttemptContext['output'] {
  let toldAt = clock.elapsed();
  return (lines) => {
    const line = lines.findLast((candidate) => candidate.trim() !== '');
    if (line === undefined || clock.elapsed() - toldAt < sampleEveryMs) return;
    toldAt = clock.elapsed();
    tell(line.trim());
  };
}

function contextOf(
  deps: AttemptDeps,
  journal: Journal,
  step: Step,
  begun: Begun & Pick<AttemptContext, 'signal' | 'abandoned'>,
): AttemptContext {
  const at = () => instant(deps.clock.now());
  // Telling people is never worth failing a step for: a commit that fails here shows at the step's own commit, too.
  const tell = (event: RunEvent): void => {
    journal.append(() => [event]).catch(() => undefined);
  };
  /** What depends on how far the step is when it is its turn to be told. */
  const tellOf = (decide: (record: StepRecord) => RunEvent | undefined): void => {
    journal
      .append((run) => {
        const record = run.steps.get(step.key);
        return record?.status === 'running' ? [decide(record) ?? []].flat() : [];
      })
      .catch(() => undefined);
  };
  return {
    run: journal.run.id,
    cluster: journal.run.cluster,
    policy: policyFor(journal.run, step),
    ...begun,
    skippedNodes: skippedNodes(journal.run),
    ...(journal.run.plan.origin === undefined ? {} : { origin: journal.run.plan.origin }),
    note: (text) => tell({ kind: 'step-noted', at: at(), step: step.key, text: clipped(text, 500) }),
    output: sampled(deps.clock, (line) =>
      tell({ kind: 'step-output', at: at(), step: step.key, line: clipped(line, 500) }),
    ),
    record: (act) =>
      createActLog(deps, {
        ...act,
        run: journal.run.id,
        step: step.key,
        attempt: begun.attempt,
        beganAt: at(),
      }),
    blocked: (failure, standstill) =>
      tellOf((record) => ({
        kind: 'step-blocked',
        at: at(),
        step: step.key,
        failure,
        ...(standstill ? { standstill } : {}),
        ...(record.wait ? { again: true } : {}),
      })),
    unblocked: () =>
      tellOf((record) => (record.wait ? { kind: 'step-unblocked', at: at(), step: step.key } : undefined)),
    answers: () =>
      (journal.run.steps.get(step.key)?.answers ?? []).filter(counts).map(({ answer }) => answer),
    votes: () => journal.run.course.votes.filter((vote) => vote.step === step.key),
    recordBackup: (backup) =>
      deps.store.addBackup({
        ...backup,
        run: journal.run.id,
        step: step.key,
        cluster: journal.run.cluster,
        takenAt: at(),
      }),
  };
}
