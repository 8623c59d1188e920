import type { KnownBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import { RunId } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run, StepRecord } from '../../domain/run.ts';
import { actions, context, limits, plain, section } from '../blocks/elements.ts';
import { stepName } from '../projection/step-words.ts';
import { isThrough, type SurveyedTurn, survey } from '../projection/survey.ts';
import { route } from '../projection/title.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { count } from '../text/fold.ts';
import { masked } from '../text/mask.ts';
import { code, escaped, short } from '../text/untrusted.ts';

/** Every step of a run, in pages: Slack takes 100 blocks and 250 kB a view, plans have thousands of steps. */
export const detailsPageAction = 'details.page';

/** The page that a button of the modal leads to: `k7f3ab 2`. */
export const DetailsPage = z
  .string()
  .regex(/^[a-hjkmnp-z2-9]{6} \d{1,5}$/)
  .transform((text) => ({ run: RunId.parse(text.slice(0, 6)), page: Number(text.slice(7)) }));

const turnsOfPage = 30;
const findingsOfPage = 40;

const signs: Readonly<Record<StepRecord['status'] | 'pending', string>> = {
  pending: '▫️',
  running: '⏳',
  retrying: '🔁',
  failed: '🔴',
  succeeded: '✅',
  skipped: '⏭️',
};

/** One page of a run's details. The first pages have the findings, where there are any; the others the steps. */
export function detailsModal(run: Run, wanted: number): ModalView {
  const pages = [...findingPages(run), ...turnPages(run)];
  const page = Math.min(Math.max(0, wanted), pages.length - 1);
  const steps = stepsOf(run.plan).length;
  return {
    type: 'modal',
    callback_id: 'details',
    title: plain(`Plan of ${run.cluster}`, limits.viewTitle),
    close: plain('Close', limits.viewTitle),
    private_metadata: `${run.id} ${page}`,
    blocks: [
      section(
        `*${route(run)}* · ${count(steps, 'step')} · about ${duration(run.plan.estimateSeconds)}\n` +
          `Way back: ${escaped(run.plan.reversibility.summary)}`,
      ),
      context(
        `run ${code(run.id)} · digest ${code(run.plan.digest.slice(0, 12))} · page ${page + 1} of ${pages.length}`,
      ),
      ...(pages[page] ?? []),
      ...pager(run, page, pages.length),
    ],
  };
}

function pager(run: Run, page: number, pages: number): KnownBlock[] {
  const to = (target: number, label: string, direction: string) => ({
    actionId: `${detailsPageAction}.${direction}`,
    label,
    value: `${run.id} ${target}`,
  });
  const buttons = [
    ...(page > 0 ? [to(page - 1, '← Before', 'back')] : []),
    ...(page < pages - 1 ? [to(page + 1, 'Next →', 'on')] : []),
  ];
  return buttons.length === 0 ? [] : [actions(buttons)];
}

function findingPages(run: Run): KnownBlock[][] {
  const marks = { blocker: '⛔', warning: '⚠️', info: 'ℹ️' } as const;
  const blocks = run.plan.findings.map((finding) => {
    const remedy = finding.remedy === '' ? '' : `\n→ ${short(finding.remedy, 800)}`;
    return section(
      masked(`${marks[finding.severity]} ${short(finding.summary, 1_500)} · ${code(finding.code)}${remedy}`),
    );
  });
  return chunked(blocks, findingsOfPage);
}

function turnPages(run: Run): KnownBlock[][] {
  const blocks = survey(run).map((turn) => section(masked(turnText(run, turn))));
  return chunked(blocks, turnsOfPage);
}

function turnText(run: Run, turn: SurveyedTurn): string {
  const title = turn.node ?? 'Cluster';
  const lines = turn.turn.steps.map((step) => {
    const record = run.steps.get(step.key);
    const node = 'node' in step.input && step.input.node !== turn.node ? ` (${step.input.node})` : '';
    return `${signs[record?.status ?? 'pending']} ${escaped(stepName(step))}${node}${recordText(record)}`;
  });
  return [`*${title}* · ${short(turn.turn.reason, 200)}${timeText(turn)}`, ...lines].join('\n');
}

function timeText(turn: SurveyedTurn): string {
  const done = isThrough(turn) && turn.startedAt !== undefined && turn.endedAt !== undefined;
  return done ? ` · ${duration(secondsBetween(turn.startedAt, turn.endedAt))}` : '';
}

function recordText(record: StepRecord | undefined): string {
  if (record === undefined) return '';
  const took =
    record.startedAt !== undefined && record.endedAt !== undefined
      ? ` · ${duration(secondsBetween(record.startedAt, record.endedAt))}`
      : '';
  const tries = record.attempt > 1 ? ` · try ${record.attempt}` : '';
  const failed = record.failure === undefined ? '' : ` · ${code(record.failure.code)}`;
  return `${took}${tries}${record.status === 'succeeded' ? '' : failed}`;
}

function chunked<T>(entries: readonly T[], size: number): T[][] {
  const pages: T[][] = [];
  for (let at = 0; at < entries.length; at += size) pages.push(entries.slice(at, at + size));
  return pages;
}
