import { StepKey } from '../../domain/names.ts';
import { openWait, type Run } from '../../domain/run.ts';
import { cardKey, type WaitRef } from '../wait-buttons.ts';
import type { Card } from './card.ts';
import type { Chronicle } from './chronicle.ts';
import type { ProjectionContext } from './context.ts';
import { waitCard } from './wait-card.ts';
import { waitOverCard } from './wait-over-card.ts';

/** A message of the thread that is edited until what it is about is over. */
export interface ThreadCard {
  readonly card: Card;
  readonly isOver: boolean;
}

/** A card as it is now, by its key; undefined for a key that is none. */
export function threadCard(
  run: Run,
  key: string,
  chronicle: Chronicle,
  context: ProjectionContext,
): ThreadCard | undefined {
  const at = key.lastIndexOf('@');
  const step = StepKey.safeParse(key.slice(0, at)).data;
  if (step === undefined) return undefined;
  const since = key.slice(at + 1);
  const card = openWait(run, step)?.since === since ? waitCard(run, step, context) : undefined;
  if (card !== undefined) return { card, isOver: false };
  return { card: waitOverCard(run, { step, since }, chronicle, context), isOver: true };
}

/** The cards that should be in the thread now: one for each step that stands still. */
export function openCards(run: Run): WaitRef[] {
  return [...run.steps.values()].flatMap(({ key, wait }) => {
    if (wait?.standstill === undefined || openWait(run, key) === undefined) return [];
    return [{ step: key, since: wait.since }];
  });
}

export { cardKey };
