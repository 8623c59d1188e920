import { assertNever } from '../../domain/assert-never.ts';
import { allowedVerdicts, type DrillReport, type DrillVerdict } from '../../domain/drill.ts';
import { drillOf } from '../../domain/rollback.ts';
import { ownerOf, type Run } from '../../domain/run.ts';
import { duration } from '../text/duration.ts';
import { fold } from '../text/fold.ts';
import { code, escaped, short } from '../text/untrusted.ts';
import type { ProjectionContext } from './context.ts';
import { mention } from './people.ts';

const verdictWords: Readonly<Record<DrillVerdict, string>> = {
  free: 'free',
  'keep-etcd': 'keep etcd',
  'etcd-downgrade': 'etcd’s own downgrade',
};

/** What the proposal of a drill says beyond an upgrade's: what follows it without another press, and what does not. */
export function drillOutline(run: Pick<Run, 'plan'>): string | undefined {
  const drill = drillOf(run);
  if (drill === undefined) return undefined;
  const { from, to } = run.plan;
  const allowed = allowedVerdicts(drill).map((verdict) => verdictWords[verdict]);
  return [
    '🔁 *Drill* one approval covers both directions',
    `1. Up to ${to}, as below, about ${duration(run.plan.estimateSeconds)}`,
    `2. Back to ${from}, expected verdict *${verdictWords[drill.expects]}*, no data lost, about ${duration(drill.estimateSeconds)}`,
    `The way back is planned from a new look when the upgrade is through and verified. It begins by itself only with the ` +
      `verdict ${allowed.join(' or ')} and nothing in its way; else the drill stops and asks. It never restores a snapshot.`,
  ].join('\n');
}

/** Where a drill is once its upgrade has ended. */
export function drillState(run: Run, { linkOf }: Pick<ProjectionContext, 'linkOf'>): string | undefined {
  if (drillOf(run) === undefined) return undefined;
  const { drill: report } = run.course;
  if (report !== undefined) {
    const at = report.run === undefined ? undefined : linkOf?.(report.run);
    return `${reportText(report, run)}${at === undefined ? '' : ` · <${at}|Open the way back>`}`;
  }
  return run.status === 'succeeded'
    ? '🔁 *Drill* half way: the way back comes by itself'
    : '🔁 *Drill* over: an upgrade that does not end well is not taken back by itself. Roll back… plans it';
}

function reportText(report: DrillReport, { plan }: Pick<Run, 'plan'>): string {
  switch (report.outcome) {
    case 'proven':
      return [
        `✅ *Drill* ${plan.from} → ${plan.to} in ${duration(report.thereSeconds)}, back in ${duration(report.backSeconds)}`,
        `verdict ${verdictWords[report.verdict]}`,
        differencesText(report.differences),
      ].join(' · ');
    case 'stopped': {
      const run = report.run === undefined ? '' : ` · rollback ${code(report.run)}`;
      return `🟠 *Drill stopped* ${short(report.reason, 700)}${run}`;
    }
    default:
      return assertNever(report);
  }
}

function differencesText(differences: readonly string[] | undefined): string {
  if (differences === undefined) return 'what differs from before could not be looked at';
  if (differences.length === 0) return 'everything is as it was before';
  const list = fold(
    differences.map((difference) => escaped(difference)),
    { separator: '; ', maxEntries: 8, maxChars: 900 },
  );
  return `not as before: ${list}`;
}

/** The end of a drill, for the channel. */
export function drillEnded(report: DrillReport, run: Run): { text: string; sentence: string } {
  const isProven = report.outcome === 'proven';
  const next = isProven
    ? `The rollback of ${run.cluster} is proven as of today.`
    : `${run.cluster} is on ${run.plan.to} unless its rollback says otherwise. ${code(`/k8s-rollback ${run.id}`)} plans the way back for people to approve.`;
  return {
    text: [`${reportText(report, run)} (${mention(ownerOf(run))})`, next].join('\n'),
    sentence: isProven
      ? `The drill of ${run.cluster} went through: up in ${duration(report.thereSeconds)}, back in ${duration(report.backSeconds)}.`
      : `The drill of ${run.cluster} stopped and needs a person. ${short(report.reason, 300)}`,
  };
}
