import type { Intent } from '../domain/intent.ts';
import { UserId } from '../domain/names.ts';
import type { Mistake } from './mistake.ts';
import { type Known, readWords } from './read-words.ts';
import type { UsageError } from './usage-error.ts';
import { wordsOf } from './words.ts';

const command = '/k8s-upgrade';

/** A text may hold several mistakes; each reading mends one. More than this is not a typing error any more. */
const mostMistakes = 4;

/** People copy whole lines, and in a mention they address the bot first. */
function withoutAddress(words: readonly string[]): readonly string[] {
  const [first] = words;
  return first !== undefined && (first === command || first.startsWith('@')) ? words.slice(1) : words;
}

/** The line to copy: mended until it is a command that would be understood, else the list of commands. */
function suggestionFor(mistake: Mistake, known: Known): string {
  let { instead } = mistake;
  for (let mended = 0; mended < mostMistakes; mended += 1) {
    const reading = readWords(instead, known);
    if (reading.kind !== 'mistake')
      return instead.length === 0 ? `${command} help` : [command, ...instead].join(' ');
    instead = reading.instead;
  }
  return `${command} help`;
}

/** Slack puts the id of whoever is mentioned in the mention's place (manifest: should_escape). */
function mentionedIn(text: string): UserId | undefined {
  const ids = [...text.matchAll(/<@([UW][A-Z0-9]{2,20})(?:\|[^<>]*)?>/g)].map((match) => match[1]);
  return UserId.safeParse(ids.at(-1)).data;
}

function shortened(text: string): string {
  return text.length > 150 ? `${text.slice(0, 149)}…` : text;
}

/**
 * Reads the text of a slash command: `plan [cluster] [version] [in hops] [at 22:00 | next window]`, `doctor [cluster] [version]`, `status [run]`,
 * `output [run] [node|step]`, `runs`, `pause|resume|abort <run>`, `retry <run> [node]`, `skip <run> [node] why`, `handover <run> @somebody`,
 * `extend <run> [node] [30m]`, `incident start|end`, `clusters`, `help`; no text is `help`. Upper and lower case, quotes, mentions and long dashes do not matter; unknown
 * words and options are refused, and the refusal carries a line that works. Never throws.
 * @param known the clusters that may be named where the command was typed
 */
export function parseUpgradeCommand(text: string, known: Known): Intent | UsageError {
  const words = withoutAddress(wordsOf(text));
  const reading = readWords(
    words.map((word) => word.toLowerCase()),
    known,
    { args: words.slice(1), mentioned: mentionedIn(text) },
  );
  if (reading.kind !== 'mistake') return reading;
  return {
    kind: 'usage-error',
    understood: shortened(words.join(' ').replaceAll('`', "'")),
    problem: reading.problem,
    suggestion: suggestionFor(reading, known),
  };
}
