import type { RunEvent } from '../domain/event.ts';
import { instant, type StepKey } from '../domain/names.ts';
import { hasEnded, type Run } from '../domain/run.ts';
import { type AttemptDeps, attemptStep } from './attempt.ts';
import type { Journal } from './journal.ts';
import { type NextSteps, nextSteps } from './next-steps.ts';
import { dueReminders } from './reminders.ts';

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
  const now = () => instant(deps.clock.now());

  await journal.append((run) => firstEvents(run, deps.clock.now(), fence));
  while (!signal.aborted && broken.length === 0 && !hasEnded(journal.run)) {
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
      const run = await journal.append((present) => eventsAtRest(present, deps.clock.now(), now()));
      if (hasEnded(run)) break;
    }
    await journal.append((present) => dueReminders(present, deps.clock.now()));
    const idleMs = Math.min(longestIdleMs, Math.max(0, (next.waitUntil ?? Infinity) - deps.clock.now()));
    const idle = new AbortController();
    await Promise.race([bell.heard(), deps.clock.sleep(idleMs, AbortSignal.any([idle.signal, signal]))]);
    idle.abort();
    bell.hush();
    await journal.refresh();
  }
  await Promise.all(inFlight.values());
  if (broken.length > 0) throw broken[0];
}

function firstEvents(run: Run, nowMs: number, fence: number): readonly RunEvent[] {
  const at = instant(nowMs);
  if (run.status === 'approved') {
    return isStale(run, nowMs)
      ? [
          {
            kind: 'run-voided',
            at,
            reason: 'It was approved too long ago: the bot could not begin it in time.',
          },
        ]
      : [{ kind: 'run-started', at }];
  }
  const interrupted = [...run.steps.values()].some((record) => record.status === 'running');
  return interrupted ? [{ kind: 'run-taken-up', at, fence }] : [];
}

/** An approval holds as long as a proposal does: nobody expects an upgrade to begin days later, when the bot is back. */
function isStale({ approvals, plan }: Run, nowMs: number): boolean {
  const last = approvals.at(-1);
  const holdsMs = plan.policy.approvals.expireAfterMinutes * 60_000;
  return last !== undefined && nowMs - Date.parse(last.at) > holdsMs;
}

/** What a run turns into when nothing of it is in flight. */
function eventsAtRest(run: Run, nowMs: number, at: ReturnType<typeof instant>): readonly RunEvent[] {
  const next: NextSteps = nextSteps(run, nowMs);
  if (next.complete && (run.status === 'running' || run.status === 'pausing' || run.status === 'aborting')) {
    return [{ kind: 'run-succeeded', at }];
  }
  if (!next.settled) return [];
  if (run.status === 'pausing') return [{ kind: 'run-paused', at }];
  if (run.status === 'aborting') return [{ kind: 'run-aborted', at }];
  return [];
}
