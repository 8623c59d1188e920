import type { RunStatus } from '../../domain/run.ts';
import type { Manuscript } from './manuscript.ts';

/** A message that is lost again sooner than this is being taken away or locked by something that will not stop. */
export const longEnoughMs = 10 * 60_000;
const tryAgainMs = 60_000;

/** What hangs on the message being right at this moment. */
export interface AtStake {
  readonly status: RunStatus;
  /** A line that calls people waits for the message to show what it is about. */
  readonly needed: boolean;
}

export function atStake({ run, lines }: Pick<Manuscript, 'run' | 'lines'>): AtStake {
  return { status: run.status, needed: lines.some(({ needed }) => needed) };
}

/** When a message that Slack does not let the bot edit gets a successor, and when an edit is tried again. */
export interface Succession {
  /** Milliseconds until an edit is worth trying. */
  waitMs(now: number, atStake: AtStake): number;
  /** An edit was refused: whether a new message takes its place at once. */
  isDue(now: number, atStake: AtStake): boolean;
}

/**
 * Somebody deletes a message once: its successor is posted at once. In a workspace that locks or removes every message of an
 * app the successor would be lost like the one before it, and there would be a message for every edit. So the next one
 * waits until the run asks something else of people, a line must be told, or ten minutes have passed.
 */
export function createSuccession(): Succession {
  let last: { at: number; status: RunStatus } | undefined;
  let refused: { at: number; status: RunStatus } | undefined;
  return {
    waitMs(now, { status, needed }) {
      if (refused === undefined || needed || refused.status !== status) return 0;
      return Math.max(0, refused.at + tryAgainMs - now);
    },
    isDue(now, { status, needed }) {
      const due = last === undefined || needed || last.status !== status || now - last.at >= longEnoughMs;
      if (due) last = { at: now, status };
      refused = due ? undefined : { at: now, status };
      return due;
    },
  };
}
