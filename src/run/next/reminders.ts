import type { RunEvent } from '../../domain/event.ts';
import { instant, type StepKey } from '../../domain/names.ts';
import { openWait, type Run } from '../../domain/run.ts';

/**
 * The people whom a run waits for are called once when it begins to wait, and then once every so often as policy says:
 * the calls that are due now. A bot that was away calls once, however long that was.
 * @param now milliseconds since the epoch
 */
export function dueReminders(run: Run, now: number): RunEvent[] {
  if (run.status === 'aborting') return [];
  const everyMs = run.plan.policy.reminders.everyMinutes * 60_000;
  const waits = new Map<StepKey, string>();
  for (const { key } of run.steps.values()) {
    const wait = openWait(run, key);
    if (wait !== undefined) waits.set(key, wait.remindedAt ?? wait.since);
  }
  const { halt } = run;
  if (halt !== undefined) waits.set(halt.step, halt.remindedAt ?? halt.since);
  return [...waits]
    .filter(([, last]) => now - Date.parse(last) >= everyMs)
    .map(([step]) => ({ kind: 'people-reminded', at: instant(now), step }));
}
