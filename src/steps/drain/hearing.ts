import type { Answer } from '../../domain/blockage.ts';
import type { AttemptContext } from '../../ports/step-handler.ts';
import type { SteadyClock } from '../steady-clock.ts';

/** What people's answers mean for how long a drain waits; moments are of the drain's own clock. */
export interface Hearing {
  /** Until when people want it to wait at least; 0 where they have not said so. */
  extendedTo(): number;
  /** When people said last that they want to wait; 0 where they have not. */
  keptWaitingAt(): number;
  /** Whether somebody has ended this attempt. */
  isStopped(): boolean;
}

/**
 * When an answer was given is settled at the first look at it: its time is of a clock that may be set afterwards. To be
 * made when the attempt begins or is taken up again: what was said before it had begun ended an earlier one.
 */
export function createHearing(
  clock: SteadyClock,
  { answers, startedAt }: Pick<AttemptContext, 'answers' | 'startedAt'>,
): Hearing {
  const heard = new Map<string, number>();
  const momentOf = (answer: Answer): number => {
    const key = keyOf(answer);
    const moment = heard.get(key) ?? clock.momentOf(answer.at);
    heard.set(key, moment);
    return moment;
  };
  const latest = (valueOf: (answer: Extract<Answer, { kind: 'keep-waiting' }>) => number): number =>
    Math.max(0, ...answers().map((answer) => (answer.kind === 'keep-waiting' ? valueOf(answer) : 0)));
  const earlier = new Set(
    answers()
      .filter(({ at }) => at < startedAt)
      .map(keyOf),
  );
  return {
    extendedTo: () => latest((answer) => momentOf(answer) + answer.seconds * 1_000),
    keptWaitingAt: () => latest(momentOf),
    isStopped: () =>
      answers().some(
        (answer) => (answer.kind === 'stop' || answer.kind === 'skip-node') && !earlier.has(keyOf(answer)),
      ),
  };
}

const keyOf = ({ kind, at, by }: Answer): string => `${kind} ${at} ${by}`;
