import type { RunId } from '../../../domain/names.ts';
import type { Loss, Verdict, VerdictCheck, VerdictKind } from '../../../domain/rollback.ts';
import type { Run } from '../../../domain/run.ts';
import { count, fold } from '../../text/fold.ts';
import { moment } from '../../text/moment.ts';
import { code, escaped } from '../../text/untrusted.ts';
import { type Part, text } from '../card.ts';
import type { Chronicle } from '../chronicle.ts';
import type { ProjectionContext } from '../context.ts';
import { mention } from '../people.ts';
import { partOf } from './back-words.ts';

/** The ways back as people say them. */
export const wayNames: Readonly<Record<VerdictKind, string>> = {
  free: 'free',
  'keep-etcd': 'keep etcd',
  'etcd-downgrade': 'etcd’s own downgrade',
  'restore-with-data-loss': 'restore the snapshot',
  impossible: 'not possible',
};

/** The verdicts, with what matters most about each. */
export const verdictNames: Readonly<Record<VerdictKind, string>> = {
  free: `${wayNames.free} — no data lost`,
  'keep-etcd': `${wayNames['keep-etcd']} — no data lost`,
  'etcd-downgrade': `${wayNames['etcd-downgrade']} — no data lost`,
  'restore-with-data-loss': `${wayNames['restore-with-data-loss']} — DATA IS LOST`,
  impossible: wayNames.impossible,
};

const marks: Readonly<Record<VerdictCheck['state'], string>> = { holds: '✓', fails: '✗', unknown: '❔' };

/** Failures first, then what nobody could look at: a tired reader stops early. */
const rank: Readonly<Record<VerdictCheck['state'], number>> = { fails: 0, unknown: 1, holds: 2 };

/** Verdict, reasons and the facts that were checked, for a message (mrkdwn). */
export function verdictText(verdict: Verdict): string {
  const checks = verdict.checks
    .toSorted((a, b) => rank[a.state] - rank[b.state])
    .map(({ state, detail }) => `${marks[state]} ${escaped(detail)}`);
  const lines = [
    `*Verdict: ${verdictNames[verdict.kind]}*`,
    ...verdict.reasons.map((reason) => escaped(reason)),
    ...(checks.length === 0
      ? []
      : [
          fold(checks, {
            separator: '\n',
            maxEntries: 10,
            maxChars: 1_600,
            rest: (hidden) => `and ${count(hidden, 'more check')}, in Details`,
          }),
        ]),
  ];
  return lines.join('\n');
}

/** What a rollback's plan says before its order: what it takes back, how, and what that rests on. Nothing of upgrades. */
export function verdictParts({ plan }: Pick<Run, 'plan'>, context: ProjectionContext): Part[] {
  if (plan.purpose.kind !== 'rollback') return [];
  const { of, verdict } = plan.purpose;
  const link = linkText(of, context);
  return [
    text(`Takes back run ${code(of)}${link}\n${verdictText(verdict)}`),
    ...(verdict.loss === undefined ? [] : [text(lossText(verdict.loss, context.now))]),
  ];
}

/** What takes an upgrade back, or what a rollback takes back, with links; nothing where neither is. */
export function relatedText(
  { plan }: Pick<Run, 'plan'>,
  { rollbacks, takenBack }: Pick<Chronicle, 'rollbacks' | 'takenBack'>,
  context: ProjectionContext,
): string | undefined {
  if (plan.purpose.kind === 'rollback') {
    return `*Takes back* run ${code(plan.purpose.of)}${linkText(plan.purpose.of, context)}`;
  }
  if (takenBack !== undefined) {
    const when = moment(takenBack.at, context.now);
    const by = `by rollback ${code(takenBack.run)}${linkText(takenBack.run, context)}`;
    return takenBack.scope.kind === 'all'
      ? `↩️ *Taken back* to ${takenBack.version} at ${when} ${by}`
      : `↩️ *Taken back in part* ${partOf(plan.cluster, takenBack.scope)} back on ${takenBack.version} since ${when}, ${by}`;
  }
  const last = rollbacks.at(-1);
  if (last === undefined) return undefined;
  const more = rollbacks.length > 1 ? `, ${count(rollbacks.length - 1, 'earlier one')}` : '';
  return `*Rollback* ${code(last.run)} asked for by ${mention(last.by)}${linkText(last.run, context)}${more}`;
}

function linkText(run: RunId, { linkOf }: ProjectionContext): string {
  const link = linkOf?.(run);
  return link === undefined ? '' : ` · <${link}|Open>`;
}

/** What a restore loses, in the words of whoever has to answer for it. */
export function lossText({ since, written, uncounted }: Loss, now: number): string {
  const total = written.reduce((sum, { count: of }) => sum + of, 0);
  const kinds = fold(
    written.map(({ kind, count: of }) => `${of} ${escaped(kind)}`),
    { separator: ', ', maxEntries: 20, maxChars: 900, rest: (hidden) => `and ${count(hidden, 'more kind')}` },
  );
  const what = total === 0 ? 'no object is known to have been written since' : `written since: ${kinds}`;
  const blind =
    uncounted.length === 0
      ? ''
      : `; not counted: ${fold(uncounted.map(escaped), {
          separator: ', ',
          maxEntries: 8,
          maxChars: 500,
          rest: (hidden) => `and ${hidden} more`,
        })}`;
  return `⚠️ *Lost for good* everything since the snapshot of ${moment(since, now)}; ${what}${blind}`;
}
