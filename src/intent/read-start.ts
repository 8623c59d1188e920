import type { Start } from '../domain/intent.ts';
import { type Mistake, mistake } from './mistake.ts';
import { quoted } from './words.ts';

const nextWindow = ['next', 'window'];
const time = /^(?:(\d{4}-\d{2}-\d{2})t)?([01]?\d|2[0-3])[:.]([0-5]\d)$/;
const date = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Takes the words about the start from the end of a plan's: `at 22:00`, `at 2026-11-24 22:00`, `next window`, `in the next
 * window`. What is before them is left as it is.
 * @param args in lower case
 */
export function readStart(args: readonly string[]): { rest: readonly string[]; start?: Start } | Mistake {
  if (nextWindow.every((word, index) => args.at(index - nextWindow.length) === word)) {
    const rest = args.slice(0, -nextWindow.length);
    return { rest: withoutTail(withoutTail(rest, 'the'), 'in'), start: { kind: 'next-window' } };
  }
  const place = args.indexOf('at');
  if (place === -1) return { rest: args };
  const rest = args.slice(0, place);
  const start = startOf(args.slice(place + 1));
  if (start !== undefined) return { rest, start };
  const said = args.slice(place).join(' ');
  return mistake(
    `${quoted(said)} is no time: say \`at 22:00\`, \`at 2026-11-24 22:00\` or \`next window\`.`,
    'plan',
    ...rest,
    'at',
    '22:00',
  );
}

function startOf(words: readonly string[]): Start | undefined {
  const [first, second, extra] = words;
  if (first === undefined || extra !== undefined) return undefined;
  const day = date.test(first) ? first : undefined;
  const match = time.exec((day === undefined ? first : second) ?? '');
  if (match === null || (day === undefined) !== (second === undefined)) return undefined;
  const [, dated = day, hour = '', minute = ''] = match;
  if (dated !== undefined && Number.isNaN(Date.parse(dated))) return undefined;
  return {
    kind: 'at',
    time: `${hour.padStart(2, '0')}:${minute}`,
    ...(dated === undefined ? {} : { date: dated }),
  };
}

function withoutTail(words: readonly string[], tail: string): readonly string[] {
  return words.at(-1) === tail ? words.slice(0, -1) : words;
}
