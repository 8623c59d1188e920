import { assertNever } from '../../domain/assert-never.ts';
import { instant } from '../../domain/names.ts';
import type { FindOutcome, PostOutcome } from '../../ports/messenger.ts';
import type { Telling } from '../../ports/run-store.ts';
import { nextChunk } from '../projection/chunks.ts';
import type { Shared } from './deps.ts';
import { type Manuscript, settled, toldUpTo } from './manuscript.ts';

/** Whether a post was begun of which nobody knows whether it arrived. */
export function isUnsure({ postingAt, postingSeq }: Telling): boolean {
  return postingAt !== undefined || postingSeq !== undefined;
}

/** What is written before a post, so that whoever takes over after a crash knows what to look for. */
export function beginning(telling: Telling, now: number, seq?: number): Telling {
  return { ...telling, postingAt: instant(now), ...(seq === undefined ? {} : { postingSeq: seq }) };
}

/** Posts of one run come one after the other, so the moment names them. */
export const markOf = ({ run, postingAt }: Pick<Telling, 'run' | 'postingAt'>): string =>
  `${run}@${postingAt ?? ''}`;

/** Slack did not answer, and may have taken it all the same. */
export function isLost(outcome: PostOutcome): boolean {
  return outcome.status === 'unavailable' && outcome.sent === 'unknown';
}

type Sought =
  | Exclude<FindOutcome, { status: 'refused' | 'rate-limited' }>
  /** Slack does not let the bot look, or does not answer that question. */
  | { readonly status: 'not-to-be-known' };

/**
 * What is left to tell once a search is over. Where nothing could be found out, routine lines are left out and counted
 * (twice is worse than never for these), and what is needed is told again.
 * @param missingCard the key of the card that is posted when there is no line before it
 */
export function afterSearch(
  current: Manuscript,
  sought: Exclude<Sought, { status: 'unavailable' }>,
  missingCard: string | undefined,
): Manuscript {
  const { telling, lines, missing } = current;
  const { postingSeq = telling.toldSeq } = telling;
  const begun = lines.filter(({ seq }) => seq <= postingSeq);
  switch (sought.status) {
    case 'found': {
      const { ts } = sought;
      if (telling.parentTs === undefined)
        return { ...current, telling: { ...settled(telling), parentTs: ts } };
      const chunk = nextChunk(begun);
      const card = chunk === undefined ? missingCard : chunk.card;
      return toldUpTo(current, postingSeq, missing, card === undefined ? {} : { [card]: ts });
    }
    case 'absent':
      return { ...current, telling: settled(telling) };
    case 'not-to-be-known': {
      const left = lines.filter((line) => line.needed || !begun.includes(line));
      return {
        ...current,
        lines: left,
        missing: missing + lines.length - left.length,
        telling: settled(telling),
      };
    }
    default:
      return assertNever(sought);
  }
}

/** Looks that go unanswered while Slack answers other calls: then what is told does without. */
const mostLooks = 3;

/** Looks in Slack for a post of which nobody knows whether it arrived. */
export function createSearch(shared: Shared): (telling: Telling) => Promise<Sought> {
  const { deps } = shared;
  let unanswered = 0;
  return async (telling) => {
    const { run, channel, postingAt, parentTs } = telling;
    if (postingAt === undefined || !shared.letsLook) return { status: 'not-to-be-known' };
    const outcome = await deps.messenger.find(channel, markOf(telling), postingAt, parentTs);
    switch (outcome.status) {
      case 'found':
      case 'absent':
        unanswered = 0;
        return outcome;
      case 'refused':
        if (shared.letsLook && outcome.error === 'missing_scope') {
          shared.letsLook = false;
          deps.log.info({ run, scopes: ['channels:history', 'groups:history'] }, noScope);
        }
        return { status: 'not-to-be-known' };
      case 'rate-limited':
      case 'unavailable':
        unanswered += 1;
        if (unanswered >= mostLooks) {
          unanswered = 0;
          return { status: 'not-to-be-known' };
        }
        return { status: 'unavailable', sent: 'no', reason: 'a look for a post was not answered' };
      default:
        return assertNever(outcome);
    }
  };
}

const noScope =
  'the app may not look for a post that slack did not confirm, so some lines may be missing or stand twice; with these scopes it could';
