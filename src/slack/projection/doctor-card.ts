import type { Finding, Severity } from '../../domain/finding.ts';
import type { UserId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { minorOf } from '../../domain/version.ts';
import type { Diagnosis } from '../../usecases/use-cases.ts';
import { duration } from '../text/duration.ts';
import { count, fold } from '../text/fold.ts';
import { type RunbookBase, runbookLink } from '../text/runbook.ts';
import { escapedProse } from '../text/trusted.ts';
import { code } from '../text/untrusted.ts';
import { type Card, fine, type Part, partsOf, text } from './card.ts';
import { mention } from './people.ts';

/** Slack: about 12,000 characters a message; the three lists share what people will read on a phone. */
const room: Readonly<Record<Severity, { maxEntries: number; maxChars: number }>> = {
  blocker: { maxEntries: 10, maxChars: 3_600 },
  warning: { maxEntries: 8, maxChars: 2_400 },
  info: { maxEntries: 5, maxChars: 1_000 },
};
const maxSummary = 400;
const maxRemedy = 300;
const titles: Readonly<Record<Severity, [string, string, string]>> = {
  blocker: ['⛔', 'blocker', 'blockers'],
  warning: ['⚠️', 'warning', 'warnings'],
  info: ['ℹ️', 'note', 'notes'],
};
const severities: readonly Severity[] = ['blocker', 'warning', 'info'];

export interface DoctorFacts {
  readonly askedBy: UserId;
  readonly seconds: number;
  /** The run that holds the cluster, if one does. */
  readonly run?: Run | undefined;
  readonly runbooks: RunbookBase;
}

/** The report of a look at a cluster, folded so that it fits; `whole` is false when something had to be left out. */
export function doctorCard(diagnosis: Diagnosis, facts: DoctorFacts): { card: Card; whole: boolean } {
  const { cluster, current, nodes, entries } = diagnosis;
  const lists = severities.map((severity) => listOf(severity, diagnosis, facts.runbooks));
  const whole = lists.every((list) => list.hidden === 0);
  const counts = countsText(diagnosis);
  const healthy = entries.length === 0;
  return {
    whole,
    card: {
      sentence: `${cluster} on ${current}: ${counts}.`,
      parts: partsOf(
        text(
          [
            `🩺 *${cluster}: ${counts}*`,
            `${current} · ${count(nodes, 'node')} · checked ${checkedText(diagnosis)} · asked for by ${mention(facts.askedBy)}`,
          ].join('\n'),
        ),
        facts.run === undefined
          ? undefined
          : text(`⏳ Run ${code(facts.run.id)} is under way: what it is in the middle of shows here, too.`),
        healthy ? text('✅ Every check passed. Nothing needs to be done.') : undefined,
        ...lists.flatMap(({ parts }) => parts),
        fine(
          [
            `looked for ${duration(facts.seconds)}; nothing was changed`,
            ...(whole ? [] : ['the whole list is in the file below, in the thread']),
          ].join(' · '),
        ),
      ),
    },
  };
}

/** `2 blockers, 3 warnings`; `nothing found`. */
export function countsText({ entries }: Pick<Diagnosis, 'entries'>): string {
  const told = severities.flatMap((severity) => {
    const of = entries.filter(({ finding }) => finding.severity === severity).length;
    const [, one, several] = titles[severity];
    return of === 0 ? [] : [count(of, one, several)];
  });
  return told.length === 0 ? 'nothing found' : told.join(', ');
}

/** `today and for the way to v1.34.9`. */
export function checkedText({ current, target }: Pick<Diagnosis, 'current' | 'target'>): string {
  if (target === undefined) return `as it runs today; no minor after ${minorOf(current)} is on offer`;
  return target === current ? 'as it runs today' : `as it runs today and for the way to ${target}`;
}

/** What a finding is a finding of, where that is not today: `for v1.34.9`. */
export function aheadText(ahead: boolean, { target }: Pick<Diagnosis, 'target'>): string | undefined {
  return ahead && target !== undefined ? `for ${target}` : undefined;
}

/**
 * The findings of one severity: each what stands in the way in a block of its own, so that the eye finds the next one;
 * notes together, without what to do about them, which is mostly nothing.
 */
function listOf(
  severity: Severity,
  diagnosis: Diagnosis,
  runbooks: RunbookBase,
): { parts: readonly Part[]; hidden: number } {
  const entries = diagnosis.entries.filter(({ finding }) => finding.severity === severity);
  if (entries.length === 0) return { parts: [], hidden: 0 };
  const [sign, one, several] = titles[severity];
  const isNote = severity === 'info';
  let hidden = 0;
  const lines = entries.map(({ finding, ahead }, index) =>
    lineOf(index + 1, finding, aheadText(ahead, diagnosis), runbooks, !isNote),
  );
  const folded = fold(lines, {
    separator: '\n\n',
    ...room[severity],
    rest: (left) => {
      hidden = left;
      return `and ${count(left, `more ${one}`, `more ${several}`)}`;
    },
  });
  const isShortened = entries.some(
    ({ finding }) => finding.summary.length > maxSummary || (!isNote && finding.remedy.length > maxRemedy),
  );
  const heading = `${sign} *${count(entries.length, one, several)}*`;
  const shown = folded.split('\n\n');
  return {
    parts: isNote
      ? [text([heading, ...shown].join('\n'))]
      : shown.map((line, index) => text(index === 0 ? `${heading}\n${line}` : line)),
    hidden: hidden + (isShortened ? 1 : 0),
  };
}

function lineOf(
  number: number,
  finding: Finding,
  ahead: string | undefined,
  runbooks: RunbookBase,
  withRemedy: boolean,
): string {
  const note = ahead === undefined ? '' : ` _(${ahead})_`;
  const remedy = finding.remedy === '' || !withRemedy ? '' : `\n→ ${escapedProse(finding.remedy, maxRemedy)}`;
  const where =
    runbooks === undefined
      ? code(finding.code)
      : `${code(finding.code)} ${runbookLink(runbooks, finding.code)}`;
  return `${number}. ${escapedProse(finding.summary, maxSummary)}${note} · ${where}${remedy}`;
}
