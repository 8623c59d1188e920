import { assertNever } from '../../domain/assert-never.ts';
import type {
  RollbackCandidate,
  RollbackCandidates,
  TimelineEntry,
} from '../../usecases/rollback/outcomes.ts';
import { linkTo } from '../permalinks.ts';
import { buttons, type Card, fine, partsOf, text } from '../projection/card.ts';
import { mention } from '../projection/people.ts';
import { route } from '../projection/title.ts';
import { rollBackChoice } from '../rollback-buttons.ts';
import { duration } from '../text/duration.ts';
import { count, fold } from '../text/fold.ts';
import { moment } from '../text/moment.ts';
import { code } from '../text/untrusted.ts';
import { stateWord } from './run-line.ts';

/**
 * What changed near now, the likeliest first, with a button each.
 * @param links to the runs' messages, in the order of the candidates
 */
export function candidatesCard(
  { candidates, timeline }: RollbackCandidates,
  links: readonly (string | undefined)[],
  now: number,
): Card {
  if (candidates.length === 0) {
    return {
      sentence: 'No upgrade of this channel’s clusters was begun in the last two weeks.',
      parts: [
        text(
          'No upgrade of this channel’s clusters was begun in the last two weeks, so there is nothing to take back. ' +
            '`/k8s-rollback help` says how to name a run.',
        ),
      ],
    };
  }
  const lines = candidates.map((candidate, index) => candidateLine(candidate, index + 1, links[index], now));
  const newest = candidates[0];
  return {
    sentence: `What changed near now: ${newest === undefined ? '' : `${route(newest.run)}, ${whenText(newest)}`}.`,
    parts: partsOf(
      text(['*What changed near now*', ...lines].join('\n')),
      timeline.length === 0 ? undefined : text(`*When*\n${timelineText(timeline, now)}`),
      buttons(candidates.slice(0, 5).map(({ run }, index) => rollBackChoice(run.id, run.cluster, index + 1))),
      fine('A button plans taking it back and says what that costs. Nothing is done before people approve.'),
    ),
  };
}

function candidateLine(
  candidate: RollbackCandidate,
  place: number,
  link: string | undefined,
  now: number,
): string {
  const { run, nodes, rollback } = candidate;
  return [
    `${place}. *${route(run)}*`,
    // What has not ended says where it stands, and that is now.
    run.endedAt === undefined && candidate.distanceMs === 0
      ? `now: ${stateWord(run)}`
      : `${whenText(candidate)}, ${stateWord(run)}${run.endedAt === undefined ? '' : ` ${moment(run.endedAt, now)}`}`,
    `asked for by ${mention(run.requestedBy)}`,
    count(nodes, 'node'),
    ...(rollback === undefined ? [] : [`rollback ${code(rollback.id)} ${stateWord(rollback)}`]),
    code(run.id),
    ...(link === undefined ? [] : [linkTo(link, 'Open')]),
  ].join(' · ');
}

function whenText({ distanceMs }: RollbackCandidate): string {
  return distanceMs === 0 ? 'at work now' : `${duration(Math.round(distanceMs / 1_000))} ago`;
}

const longestTimeline = 14;

function timelineText(timeline: readonly TimelineEntry[], now: number): string {
  // What is nearest to the incident is at the end; of a long time the beginning goes.
  const shown = timeline.slice(-longestTimeline);
  const hidden = timeline.length - shown.length;
  const lines = shown.map(
    ({ at, cluster, what, node }) => `${moment(at, now)} ${cluster} ${wordsOf(what, node)}`,
  );
  return fold(hidden > 0 ? [`(${count(hidden, 'earlier moment')} left out)`, ...lines] : lines, {
    separator: '\n',
    maxEntries: longestTimeline + 1,
    maxChars: 2_000,
  });
}

function wordsOf(what: TimelineEntry['what'], node: string | undefined): string {
  switch (what) {
    case 'started':
      return 'began';
    case 'node-done':
      return `${node ?? 'a node'} was new and back at work`;
    case 'halted':
      return 'stopped, and waited for a person';
    case 'ended':
      return 'ended';
    default:
      return assertNever(what);
  }
}
