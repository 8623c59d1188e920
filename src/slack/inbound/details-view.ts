import type { KnownBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import { maskSecrets } from '../../domain/credentials.ts';
import type { Finding } from '../../domain/finding.ts';
import { RunId } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run, StepRecord } from '../../domain/run.ts';
import { actions, context, limits, plain, section } from '../blocks/elements.ts';
import { estimateText } from '../projection/estimate-text.ts';
import { stepDetail, stepName } from '../projection/step-words.ts';
import { isThrough, type SurveyedTurn, survey, turnName } from '../projection/survey.ts';
import { route } from '../projection/title.ts';
import { wayBackNow } from '../projection/way-back.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { count } from '../text/fold.ts';
import { escapedProse } from '../text/trusted.ts';
import { clipped, code, escaped, short } from '../text/untrusted.ts';
import { factsText, planFacts } from './details-facts.ts';

/** Every step of a run, in pages: Slack takes 100 blocks and 250 kB a view, plans have thousands of steps. */
export const detailsPageAction = 'details.page';

/** The page that a button of the modal leads to: `k7f3ab 2`. */
export const DetailsPage = z
  .string()
  .regex(/^[a-hjkmnp-z2-9]{6} \d{1,5}$/)
  .transform((text) => ({ run: RunId.parse(text.slice(0, 6)), page: Number(text.slice(7)) }));

/** Each is a section of at most 3,000 characters: well within both limits. */
const entriesOfPage = 40;

const signs: Readonly<Record<StepRecord['status'] | 'pending', string>> = {
  pending: '▫️',
  running: '⏳',
  retrying: '🔁',
  failed: '🔴',
  succeeded: '✅',
  skipped: '⏭️',
};

/**
 * One page of a run's details. Of a plan first the findings with what was seen, the ways back, pods that move, what is saved,
 * what changes in manifests, then every turn with its reason and its steps; of a run that has begun its turns first.
 * @param wanted the page from 0; without one the page on which something happens
 */
export function detailsModal(run: Run, wanted?: number): ModalView {
  const hasBegun = run.startedAt !== undefined;
  const turns = survey(run);
  const steps = turns.map((turn) => () => turnText(run, turn));
  const facts = [
    ...run.plan.findings.map((finding) => () => findingText(finding)),
    ...planFacts(run).map((text) => () => text),
  ];
  const entries = hasBegun ? [...steps, ...facts] : [...facts, ...steps];
  const pages = Math.ceil(entries.length / entriesOfPage);
  const page = Math.min(Math.max(0, wanted ?? (hasBegun ? presentPage(turns) : 0)), pages - 1);
  const body = entries.slice(page * entriesOfPage, (page + 1) * entriesOfPage);
  return {
    type: 'modal',
    callback_id: 'details',
    title: plain(`${hasBegun ? 'Run' : 'Plan'} of ${run.cluster}`, limits.viewTitle),
    close: plain('Close', limits.viewTitle),
    private_metadata: `${run.id} ${page}`,
    blocks: [
      section(
        [
          `*${route(run)}* · ${count(stepsOf(run.plan).length, 'step')} · ${estimateText(run.plan)}`,
          hasBegun && run.kind === 'upgrade'
            ? `*Way back now* ${wayBackNow(run)}`
            : `*${run.kind === 'rollback' ? 'Afterwards' : 'Way back'}* ${escaped(run.plan.reversibility.summary)}`,
        ].join('\n'),
      ),
      context(
        `run ${code(run.id)} · digest ${code(run.plan.digest.slice(0, 12))} · page ${page + 1} of ${pages}`,
      ),
      ...body.map((text) => section(maskSecrets(text()))),
      ...pager(run, page, pages),
    ],
  };
}

/** Where the first turn is that is in hand or has failed; the beginning where none is. */
function presentPage(turns: readonly SurveyedTurn[]): number {
  const present = turns.findIndex(({ status }) => status === 'under-way' || status === 'failed');
  return Math.floor(Math.max(0, present) / entriesOfPage);
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

const marks = { blocker: '⛔', warning: '⚠️', info: 'ℹ️' } as const;

function findingText(finding: Finding): string {
  const remedy = finding.remedy === '' ? '' : `\n→ ${escapedProse(finding.remedy, 600)}`;
  return `${marks[finding.severity]} ${escapedProse(finding.summary, 1_000)} · ${code(finding.code)}${remedy}${factsText(finding)}`;
}

function turnText(run: Run, turn: SurveyedTurn): string {
  const title = turn.node === undefined ? 'Cluster' : turnName(turn);
  const lines = turn.turn.steps.map((step) => {
    const record = run.steps.get(step.key);
    const node = 'node' in step.input && step.input.node !== turn.node ? ` (${step.input.node})` : '';
    const detail = stepDetail(step);
    const given = detail === undefined ? '' : ` · ${code(clipped(detail, 600))}`;
    return `${signs[record?.status ?? 'pending']} ${escaped(stepName(step))}${node}${given}${recordText(record)}`;
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
