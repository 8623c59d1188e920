import type { Trouble } from '../../domain/trouble.ts';
import type { Pressed } from '../projection/context.ts';

/** What a teller has to say about its next turn: after so many milliseconds, or never. */
export type Next = { readonly status: 'again'; readonly inMs: number } | { readonly status: 'over' };

export const again = (inMs: number): Next => ({ status: 'again', inMs });
export const atOnce = again(0);
export const over: Next = { status: 'over' };

/** Tells one run: one parent message, edited in place, and its thread. Does one thing a turn, the most pressing first. */
export interface Teller {
  /** Does what is due, if anything is. `flushing`: the process stops, gaps are not kept. */
  turn(flushing: boolean): Promise<Next>;
  /** The store has something new. */
  touch(): void;
  /** Whether it was touched since it last looked. */
  hasNews(): boolean;
  /** Whether its run moves, so that it needs its share of the budget. */
  isBusy(): boolean;
  press(pressed: Pressed): () => void;
  /** The run cannot go on, and why; undefined: it can again. */
  trouble(now: Trouble | undefined): void;
}
