import type { RunAction } from '../buttons.ts';
import { fine, type Part } from './card.ts';
import type { ProjectionContext } from './context.ts';
import { mention } from './people.ts';

const doing: Partial<Record<RunAction, string>> = {
  approve: 'Approving',
  reject: 'Rejecting',
  pause: 'Pausing',
  resume: 'Resuming',
  abort: 'Aborting',
  retry: 'Trying again',
  skip: 'Skipping',
  wait: 'Going on waiting',
  stop: 'Having it stopped',
  'gate-yes': 'Counting it',
  'open-gate': 'Opening the gate',
  'retry-quarantined': 'Trying again',
};

/** What stands in the buttons' place from the click until it is decided: `Approving… (@amir)`. */
export function pressedPart({ pressed }: ProjectionContext): Part | undefined {
  if (pressed === undefined) return undefined;
  const word = doing[pressed.action];
  return word === undefined ? undefined : fine(`⏳ ${word}… (${mention(pressed.by)})`);
}
