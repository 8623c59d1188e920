import { counts, type GivenAnswer } from '../../domain/waiting.ts';
import { short } from '../text/untrusted.ts';
import { answerText } from './answer-words.ts';
import type { Wait } from './chronicle.ts';
import { mention } from './people.ts';

/** What people did about a wait, beyond waiting: the answers of its own time that counted. */
export function deedsOf({ answers, since }: Pick<Wait, 'answers' | 'since'>): GivenAnswer[] {
  return answers.filter(
    (given) => counts(given) && given.answer.at >= since && given.answer.kind !== 'keep-waiting',
  );
}

/** `@dana and @li: delete pod …`, with the reason where one was given. */
export function deedText({ answer, second, reason }: GivenAnswer, node: string): string {
  const who = [answer.by, ...(second ? [second.by] : [])].map(mention).join(' and ');
  return `${who}: ${answerText(answer, node)}${reason === undefined ? '' : ` (${short(reason, 120)})`}`;
}
