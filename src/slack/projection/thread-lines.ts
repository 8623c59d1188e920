import { assertNever } from '../../domain/assert-never.ts';
import { isCourseEvent } from '../../domain/course-event.ts';
import type { RunEvent, RunEventOf, StoredEvent } from '../../domain/event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Instant, StepKey } from '../../domain/names.ts';
import { drillOf } from '../../domain/rollback.ts';
import { ownerOf, type Run } from '../../domain/run.ts';
import { nodeOf, type Step } from '../../domain/step.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { moment } from '../text/moment.ts';
import { clipped, code, short } from '../text/untrusted.ts';
import { cardKey } from '../wait-buttons.ts';
import { answerLine } from './answer-lines.ts';
import type { ProjectionContext } from './context.ts';
import { courseLine } from './course-lines.ts';
import { drillEnded } from './drill-text.ts';
import { meaning } from './meaning.ts';
import { abortText, safePointText } from './outlook.ts';
import { mention, quietly } from './people.ts';
import { partOf, whatIs } from './rollback/back-words.ts';
import { doneLine } from './step-done.ts';
import { asSentence, stepName, withoutNode } from './step-words.ts';
import { type SurveyedTurn, survey } from './survey.ts';
import { nodeCount } from './title.ts';

/** One line of a run's thread. */
export interface ThreadLine {
  /** The event that it tells. */
  readonly seq: number;
  readonly text: string;
  /** A whole sentence without markup, for phones. */
  readonly sentence: string;
  /** Must be told even if it might be told twice: somebody waits for it. Others are rather lost than repeated. */
  readonly needed: boolean;
  /** Shown in the channel as well. */
  readonly broadcast: boolean;
  /** The key of the card that is posted instead of the text, for as long as it is not over. */
  readonly card?: string;
}

/** Beyond so many nodes a worker gets one line. */
const manyNodes = 50;

/** What the events say in the thread, oldest first; most say nothing, because the parent message shows them. */
export function threadLines(
  run: Run,
  events: readonly StoredEvent[],
  context: ProjectionContext,
): ThreadLine[] {
  if (events.length === 0) return [];
  const steps = indexSteps(run);
  const nodes = nodeCount(run);
  return events.flatMap(({ seq, event }) => {
    const line = lineOf(event, { run, steps, context, nodes });
    if (line === undefined) return [];
    const { text, needed = false, broadcast = false, sentence = plainSentence(text), card } = line;
    const shown = broadcast ? text : stamped(event.at, text, context);
    return [{ seq, text: shown, sentence, needed, broadcast, ...(card === undefined ? {} : { card }) }];
  });
}

interface Said {
  readonly text: string;
  readonly sentence?: string;
  readonly needed?: boolean;
  readonly broadcast?: boolean;
  readonly card?: string;
}

interface Told {
  readonly run: Run;
  readonly steps: ReadonlyMap<StepKey, { step: Step; turn: SurveyedTurn }>;
  readonly context: ProjectionContext;
  /** Number of nodes that the plan changes. */
  readonly nodes: number;
}

function lineOf(event: RunEvent, told: Told): Said | undefined {
  const { run, context } = told;
  if (isCourseEvent(event)) return courseLine(event, run, context);
  switch (event.kind) {
    case 'approval-given':
      return event.drill === undefined
        ? { text: `${quietly(event.by, context)} approved this plan` }
        : { text: `${quietly(event.by, context)} approved this with drill ${code(event.drill)}` };
    case 'run-started':
      return { text: 'started' };
    case 'run-taken-up':
      return { text: 'the bot was restarted and has taken the run up where it was' };
    case 'step-succeeded':
      return succeeded(event, told);
    case 'step-noted':
      return { text: `${whereOf(event.step, told)} ${said(event.text, event.step, told, 500)}` };
    case 'step-output':
      // Of many nodes nobody reads what each prints.
      return told.nodes > manyNodes
        ? undefined
        : { text: `${whereOf(event.step, told)} prints ${code(clipped(event.line, 300))}` };
    case 'step-blocked':
      // The card that is there already shows it.
      return event.again ? undefined : attention(event, event.failure, told);
    case 'step-failed':
      return failedLine(event, told);
    case 'run-halted':
      return halted(event, told);
    case 'decision-made':
      return { text: decided(event, told) };
    case 'pause-requested':
      return {
        text: `${quietly(event.by, context)} asked for a pause; it stops ${safePointText(run)}`,
      };
    case 'run-paused':
      return { text: 'paused; nothing is under way' };
    case 'run-resumed':
      return { text: `${quietly(event.by, context)} resumed the run` };
    case 'abort-requested':
      return { text: `${quietly(event.by, context)} aborted the run: ${abortText(run)}` };
    case 'run-aborted':
      return { text: `🛑 aborted; what stays as it is stands above`, needed: true };
    case 'run-succeeded':
      return finished(event.at, run);
    case 'drill-ended':
      return { ...drillEnded(event.report, run), needed: true, broadcast: true };
    case 'rollback-ended':
      // The end of the drill tells it.
      if (drillOf(run) && run.course.drill?.outcome !== 'stopped' && event.outcome === 'succeeded') {
        return undefined;
      }
      return {
        text:
          event.outcome === 'succeeded'
            ? `↩️ this run was taken back: ${partOf(run.cluster, event.scope ?? { kind: 'all' })} back on ${event.version}, by rollback ${code(event.run)}`
            : `🛑 rollback ${code(event.run)} of this run was aborted; its message says what stays as it is`,
        sentence:
          event.outcome === 'succeeded'
            ? `${partOf(run.cluster, event.scope ?? { kind: 'all' })} back on ${event.version}: this run was taken back.`
            : `The rollback of ${run.cluster} was aborted.`,
        needed: true,
        broadcast: true,
      };
    case 'rollback-proposed':
      if (event.drill) return { text: `the drill goes on with the way back: rollback ${code(event.run)}` };
      return {
        text: `${quietly(event.by, context)} asked to take this run back: rollback ${code(event.run)}`,
      };
    case 'step-unblocked':
    case 'answer-given':
    case 'answer-seconded':
    case 'answer-withdrawn':
    case 'owner-told':
    case 'people-reminded':
    case 'run-handed-over':
    case 'proposal-extended':
      return answerLine(event, run, 'step' in event ? whereOf(event.step, told) : '', context);
    case 'run-proposed':
    case 'run-approved':
    case 'run-rejected':
    case 'run-expired':
    case 'run-voided':
    case 'step-started':
    // A skip is told by the decision that it follows from.
    case 'step-skipped':
      return undefined;
    default:
      return assertNever(event);
  }
}

function succeeded(event: RunEventOf<'step-succeeded'>, told: Told): Said | undefined {
  const entry = told.steps.get(event.step);
  if (entry === undefined) return undefined;
  // Four lines each of a thousand workers nobody reads: of many, only that they are back.
  const worker = entry.turn.phase === 'workers' && entry.step.kind !== 'uncordon-node';
  if (worker && told.nodes > manyNodes) return undefined;
  const record = told.run.steps.get(event.step);
  const seconds = record?.startedAt === undefined ? undefined : secondsBetween(record.startedAt, event.at);
  const text = doneLine(entry.step, event.facts, {
    alreadyDone: event.alreadyDone,
    attempt: event.attempt,
    seconds,
    turnSeconds:
      entry.turn.startedAt === undefined ? undefined : secondsBetween(entry.turn.startedAt, event.at),
  });
  return text === undefined ? undefined : { text };
}

function failedLine(event: RunEventOf<'step-failed'>, told: Told): Said | undefined {
  // Without another try the run halts, and that is told.
  if (event.retryAt === undefined) return undefined;
  // The first failure says it; the further tries stand on the run's own message and in its summary.
  const budgetFrom = told.run.steps.get(event.step)?.budgetFrom ?? 1;
  if (event.attempt > budgetFrom) return undefined;
  const when = moment(event.retryAt, told.context.now);
  const what = `${stepText(event.step, told)}: ${said(event.failure.message, event.step, told, 300)}`;
  return { text: `🔁 ${what} · trying again at ${when} (after try ${event.attempt})` };
}

/** A person has to do something: told to the channel, and the run's owner is called once. */
function attention(event: RunEventOf<'step-blocked'>, failure: Failure, told: Told): Said {
  const { run } = told;
  const where = whereOf(event.step, told);
  return {
    text: [
      `🟠 *${run.cluster}: ${where} waits for people* (${mention(ownerOf(run))}) · ${code(failure.code)}`,
      asSentence(said(failure.message, event.step, told, 600)),
      'Nothing is broken; the step goes on by itself as soon as it can, and the run asks what to do if it cannot in time.',
    ].join('\n'),
    sentence: `${run.cluster}: ${where} waits for people. ${asSentence(said(failure.message, event.step, told, 300))}`,
    ...(event.standstill === undefined ? {} : { card: cardKey({ step: event.step, since: event.at }) }),
    needed: true,
    broadcast: true,
  };
}

function halted(event: RunEventOf<'run-halted'>, told: Told): Said {
  const { run } = told;
  const { failure } = event;
  const where = stepText(event.step, told);
  return {
    text: [
      `🔴 *${run.cluster} stopped at ${where}* (${mention(ownerOf(run))}) · ${code(failure.code)}`,
      asSentence(said(failure.message, event.step, told, 600)),
      meaning[failure.code],
      'The run waits for a decision: the buttons are on its message above.',
    ].join('\n'),
    sentence: `${run.cluster} stopped at ${where} and needs a decision. ${asSentence(said(failure.message, event.step, told, 300))}`,
    needed: true,
    broadcast: true,
  };
}

function decided(event: RunEventOf<'decision-made'>, told: Told): string {
  const who = quietly(event.by, told.context);
  if (event.step === undefined || event.choice === 'abort') return `${who} decided to ${event.choice}`;
  switch (event.choice) {
    case 'skip':
      return `${who} decided to skip ${whereOf(event.step, told)}${event.reason === undefined ? '' : `: ${short(event.reason, 300)}`}`;
    case 'retry':
      return `${who} decided to retry ${stepText(event.step, told)}`;
    case 'wait':
      return `${who} decided to wait longer for ${stepText(event.step, told)}`;
    case 'stop':
      return `${who} decided to have the command stopped: ${stepText(event.step, told)}`;
    default:
      return assertNever(event.choice);
  }
}

function finished(at: Instant, run: Run): Said {
  const took = duration(secondsBetween(run.startedAt ?? run.createdAt, at));
  const nodes = nodeCount(run);
  return {
    text: `✅ ${whatIs(run)} ${run.kind === 'rollback' ? 'back ' : ''}on ${run.plan.to} · ${took} (${mention(ownerOf(run))})`,
    sentence: `${whatIs(run)} ${run.kind === 'rollback' ? 'back ' : ''}on ${run.plan.to}: the run of ${nodes} nodes is over after ${took}.`,
    needed: true,
  };
}

function indexSteps(run: Run): Told['steps'] {
  return new Map(
    survey(run).flatMap((turn) => turn.turn.steps.map((step) => [step.key, { step, turn }] as const)),
  );
}

/** Untrusted words of a step, where its node has been named already. */
function said(text: string, key: StepKey, { steps }: Told, max: number): string {
  const step = steps.get(key)?.step;
  return short(withoutNode(text, step === undefined ? undefined : nodeOf(step)), max);
}

/** The node of a step, or what the step is where it is about the cluster. */
function whereOf(key: StepKey, { steps }: Told): string {
  const step = steps.get(key)?.step;
  if (step?.kind === 'run-addon' || step?.kind === 'soak') return stepName(step);
  return step === undefined ? key : (nodeOf(step) ?? stepName(step));
}

function stepText(key: StepKey, { steps }: Told): string {
  const step = steps.get(key)?.step;
  if (step === undefined) return key;
  const node = nodeOf(step);
  return node === undefined ? stepName(step) : `${node} (${stepName(step)})`;
}

function stamped(at: Instant, text: string, { now }: ProjectionContext): string {
  return `${moment(at, now)} ${text}`;
}

function plainSentence(text: string): string {
  return text.replaceAll(/[*`_]/g, '');
}
