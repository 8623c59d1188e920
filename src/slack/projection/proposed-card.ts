import type { Finding } from '../../domain/finding.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { duration } from '../text/duration.ts';
import { count, fold } from '../text/fold.ts';
import { moment, plainMoment } from '../text/moment.ts';
import { type RunbookBase, runbookLink } from '../text/runbook.ts';
import { escapedProse } from '../text/trusted.ts';
import { code, escaped } from '../text/untrusted.ts';
import { openingText, windowsText } from './calendar-text.ts';
import { buttons, type Card, fine, partsOf, text } from './card.ts';
import type { ProjectionContext } from './context.ts';
import { drillOutline } from './drill-text.ts';
import { estimateText } from './estimate-text.ts';
import { orderText } from './order-text.ts';
import { approvedBy, approversText, mention } from './people.ts';
import { pressedPart } from './pressed.ts';
import { otherWays } from './rollback/offer.ts';
import { verdictParts } from './rollback/verdict-text.ts';
import { runButtons } from './run-buttons.ts';
import { nodeCount, route, scope, titleLine } from './title.ts';

/** A plan that waits for approval: everything that is needed to decide on it in a minute. */
export function proposedCard(run: Run, context: ProjectionContext): Card {
  const { plan, requestedBy } = run;
  const drill = drillOutline(run);
  const warnings = plan.findings.filter((finding) => finding.severity === 'warning');
  const ways = otherWays(run);
  return {
    sentence:
      `Plan for ${route(run)}: ${count(nodeCount(run), 'node')}, about ${duration(plan.estimateSeconds)}, ` +
      `${approvalsText(run)}, expires ${plainMoment(run.expiresAt)}.`,
    parts: partsOf(
      text(
        [
          titleLine('📋', run, `plan ${code(run.id)}`, `asked for by ${mention(requestedBy)}`),
          `${scope(run)} · ${estimateText(plan)} · expires ${moment(run.expiresAt, context.now)}`,
        ].join('\n'),
      ),
      drill === undefined ? undefined : text(drill),
      ...verdictParts(run, context),
      text(
        [
          `*Order* ${orderText(plan)}`,
          ...[whenText(run, context)].filter((line) => line !== undefined),
          `*Before* ${beforeText(run, context.backups)}`,
          `${plan.purpose.kind === 'rollback' ? '*Afterwards*' : '*Way back*'} ${escaped(plan.reversibility.summary)}`,
        ].join('\n'),
      ),
      warnings.length > 0 ? text(findingsText(warnings, context.runbooks)) : undefined,
      text(
        `*Approvals ${run.approvals.length} of ${plan.policy.approvals.needed}* · ${whoMayApprove(run, context)}` +
          (run.approvals.length > 0 ? ` · approved by ${approvedBy(run)}` : '') +
          ' · until then nothing is changed',
      ),
      fine(notesText(run)),
      pressedPart(context) ??
        buttons([
          ...runButtons(run, ['approve', 'reject', 'details']),
          ...ways.filter(({ style }) => style !== 'danger'),
          ...runButtons(run, ['plan-again', 'extend']),
          // What loses data stands last.
          ...ways.filter(({ style }) => style === 'danger'),
        ]),
    ),
  };
}

/** When it would run, where that is not as soon as it is approved. */
function whenText(run: Run, { now }: ProjectionContext): string | undefined {
  const { plan, course } = run;
  const windows = windowsText(plan.policy);
  const [incident] = course.incidents;
  const parts = [
    ...(course.startAt === undefined ? [] : [`not before ${moment(course.startAt, now)}`]),
    ...(windows === undefined ? [] : [`${windows}; ${openingText(plan.policy, now)}`]),
    ...(incident === undefined ? [] : [`begins nothing until incident ${escaped(incident.name)} is over`]),
  ];
  return parts.length === 0 ? undefined : `*When* ${parts.join(' · ')}`;
}

function approvalsText(run: Run): string {
  return `${run.approvals.length} of ${count(run.plan.policy.approvals.needed, 'approval')}`;
}

/** `@k8s-approvers, not @dana`. */
function whoMayApprove(run: Run, context: ProjectionContext): string {
  const who = approversText(context.approvers);
  return run.plan.policy.approvals.requesterCounts ? who : `${who}, not ${mention(run.requestedBy)}`;
}

/** What is saved before the first change, read from the plan's own steps. */
function beforeText(run: Run, backups: string): string {
  const kinds = new Set(stepsOf(run.plan).map((step) => step.kind));
  const saved = [
    ...(kinds.has('back-up-etcd') || kinds.has('back-up-external-etcd') ? ['etcd snapshot'] : []),
    ...(kinds.has('back-up-node-files') ? ['node files'] : []),
    ...(kinds.has('back-up-config-maps') ? ['ConfigMaps'] : []),
  ];
  if (saved.length === 0) return 'nothing is saved';
  const last = saved.at(-1);
  const what = saved.length === 1 ? last : `${saved.slice(0, -1).join(', ')} and ${last}`;
  return `${what} saved to ${code(`${backups.replace(/\/+$/, '')}/${run.cluster}`)}`;
}

function findingsText(warnings: readonly Finding[], runbooks: RunbookBase): string {
  const heading = `⚠️ *${count(warnings.length, 'warning')}*`;
  // Without an address the path to each page is long and can be had in Details.
  const page = (finding: Finding) =>
    runbooks === undefined ? '' : ` ${runbookLink(runbooks, finding.code)}`;
  const lines = warnings.map((finding) => `• ${escapedProse(finding.summary, 350)}${page(finding)}`);
  return `${heading}\n${fold(lines, {
    separator: '\n',
    maxEntries: 5,
    maxChars: 1_800,
    rest: (hidden) => `• and ${hidden} more, in Details`,
  })}`;
}

function notesText(run: Run): string {
  const infos = run.plan.findings.filter((finding) => finding.severity === 'info').length;
  const steps = stepsOf(run.plan).length;
  return [
    `${count(steps, 'step')}${infos > 0 ? ` and ${count(infos, 'note')}` : ''}, all in Details`,
    `digest ${code(run.plan.digest.slice(0, 12))}`,
  ].join(' · ');
}
