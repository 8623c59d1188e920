import type { RunEvent } from '../../domain/event.ts';
import { instant, type StepKey } from '../../domain/names.ts';
import { hasEnded, type Run } from '../../domain/run.ts';
import { type NextSteps, nextSteps } from '../next/next-steps.ts';
import { isStale, parkingEvents, startParking } from '../next/parking.ts';
import { dueReminders } from '../next/reminders.ts';
import type { Journal } from '../record/journal.ts';
import { type AttemptDeps, attemptStep } from './attempt.ts';

/** How long the driver lies still at most when it expects nothing but a call. */
const longestIdleMs = 30_000;

/** Wakes a driver that waits; calls that come while it is busy are not lost. */
export interface Bell {
  ring(): void;
  /** Resolves when it is rung, or at once when it was rung since it was last hushed. */
  heard(): Promise<void>;
  /** To be called before looking at what it was rung for: whatever rings from now on is a call to look again. */
  hush(): void;
}

export function createBell(): Bell {
  let rung = Promise.withResolvers<void>();
  return {
    ring: () => rung.resolve(),
    heard: () => rung.promise,
    hush() {
      rung = Promise.withResolvers();
    },
  };
}

/**
 * Executes a run under a lease until it ends, or the signal fires. A run that waits for a person is kept and waited
 * with. Throws what the store throws: the caller takes the run up again later, from what is stored.
 */
export async function driveRun(
  deps: AttemptDeps,
  journal: Journal,
  bell: Bell,
  fence: number,
  signal: AbortSignal,
): Promise<void> {
  const inFlight = new Map<StepKey, Promise<void>>();
  const broken: unknown[] = [];
  // One attempt whose outcome cannot be stored ends the others' waits, too: all are taken up again together, soon.
  const letGo = new AbortController();
  const attempts = AbortSignal.any([signal, letGo.signal]);
  const abandoned = new AbortController();

  await journal.append((run) => firstEvents(run, deps.clock.now(), fence));
  while (!signal.aborted && broken.length === 0 && !hasEnded(journal.run)) {
    await journal.append((present) => eventsOnTheWay(present, deps.clock.now()));
    const next = nextSteps(journal.run, deps.clock.now());
    if (journal.run.status === 'aborting') abandoned.abort();
    for (const step of next.runnable) {
      if (inFlight.has(step.key)) continue;
      const signals = { signal: attempts, abandoned: abandoned.signal };
      const attempt = attemptStep(deps, journal, step, signals)
        .catch((error: unknown) => {
          broken.push(error);
          letGo.abort();
        })
        .finally(() => {
          inFlight.delete(step.key);
          bell.ring();
        });
      inFlight.set(step.key, attempt);
    }
    if (inFlight.size === 0) {
      const { revision } = journal.run;
      const run = await journal.append((present) => eventsAtRest(present, deps.clock.now()));
      if (hasEnded(run)) break;
      if (run.revision !== revision) continue;
    }
    await journal.append((present) => dueReminders(present, deps.clock.now()));
    const idleMs = Math.min(longestIdleMs, Math.max(0, (next.waitUntil ?? Infinity) - deps.clock.now()));
    const idle = new AbortController();
    await Promise.race([bell.heard(), deps.clock.sleep(idleMs, AbortSignal.any([idle.signal, signal]))]);
    // With a reason, or one with a stack is made each time.
    idle.abort('awake');
    bell.hush();
    await journal.refresh();
  }
  await Promise.all(inFlight.values());
  if (broken.length > 0) throw broken[0];
}

function firstEvents(run: Run, nowMs: number, fence: number): readonly RunEvent[] {
  const interrupted = [...run.steps.values()].some((record) => record.status === 'running');
  return interrupted ? [{ kind: 'run-taken-up', at: instant(nowMs), fence }] : [];
}

/** What has changed about what holds the run, before anything new of it is begun. */
function eventsOnTheWay(run: Run, nowMs: number): readonly RunEvent[] {
  if (run.status !== 'running' || !run.course.parked) return [];
  const { parked } = nextSteps(run, nowMs);
  return parked ? [] : parkingEvents(run, undefined, nowMs);
}

/** What a run turns into when nothing of it is in flight. */
function eventsAtRest(run: Run, nowMs: number): readonly RunEvent[] {
  const at = instant(nowMs);
  if (run.status === 'approved') return startEvents(run, nowMs);
  const next: NextSteps = nextSteps(run, nowMs);
  if (next.complete && (run.status === 'running' || run.status === 'pausing' || run.status === 'aborting')) {
    return [{ kind: 'run-succeeded', at }];
  }
  if (run.status === 'running' && next.parked && next.runnable.length === 0) {
    return parkingEvents(run, next.parked, nowMs);
  }
  if (!next.settled) return [];
  if (run.status === 'pausing') return [{ kind: 'run-paused', at }];
  if (run.status === 'aborting') return [{ kind: 'run-aborted', at }];
  return [];
}

/** An approved run starts, waits for its time, or is too old to be begun. */
function startEvents(run: Run, nowMs: number): readonly RunEvent[] {
  const at = instant(nowMs);
  if (isStale(run, nowMs)) return [{ kind: 'run-voided', at, reason: tooLate(run) }];
  const parking = startParking(run, nowMs);
  return [...parkingEvents(run, parking, nowMs), ...(parking ? [] : [{ kind: 'run-started', at } as const])];
}

function tooLate({ course: { parked } }: Run): string {
  return parked?.for === 'incident'
    ? `It was approved too long ago: incident ${parked.reason ?? ''} has held it for longer than an approval counts.`
    : 'It was approved too long ago: the bot could not begin it in time.';
}
