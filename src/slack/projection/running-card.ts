import { openWait, ownerOf, type Run } from '../../domain/run.ts';
import type { RunAction } from '../buttons.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { count, fold } from '../text/fold.ts';
import { moment, momentWithSeconds } from '../text/moment.ts';
import { code, short } from '../text/untrusted.ts';
import { askedText } from './asked.ts';
import { openingText, startText, windowsText } from './calendar-text.ts';
import { buttons, type Card, fine, type Part, partsOf, text } from './card.ts';
import type { Chronicle } from './chronicle.ts';
import type { ProjectionContext } from './context.ts';
import { parkedState, parkedText } from './course-lines.ts';
import { nodesLine } from './nodes-line.ts';
import { abortText, nextText, safePointText } from './outlook.ts';
import { approvedBy, mention } from './people.ts';
import { pressedPart } from './pressed.ts';
import { type Progress, progressOf } from './progress.ts';
import { isAside, quarantineText } from './quarantine-text.ts';
import { gateActions, runButtons } from './run-buttons.ts';
import { stepDoing, stepName, withoutNode } from './step-words.ts';
import { type SurveyedTurn, survey } from './survey.ts';
import { tasksOf } from './tasks.ts';
import { nodeCount, route, scope, titleLine } from './title.ts';
import { wayBackNow } from './way-back.ts';

/** What going back would take at this moment; a rollback is on its way already. */
export function wayBackLines(run: Run): string[] {
  return run.kind === 'upgrade' ? [`*Way back now* ${wayBackNow(run)}`] : [];
}

/** Approved, and not yet begun. */
export function approvedCard(run: Run, context: ProjectionContext): Card {
  return {
    sentence: `${route(run)} is approved and ${plainStart(run, context)}.`,
    parts: partsOf(
      text(
        [
          titleLine('🕓', run, `approved, starts ${startText(run, context.now)}`),
          `${scope(run)} · about ${duration(run.plan.estimateSeconds)}`,
          `Approved by ${approvedBy(run)} · asked for by ${mention(run.requestedBy)}`,
          ...[waitsForText(run, context)].filter((line) => line !== undefined),
        ].join('\n'),
      ),
      fine(`run ${code(run.id)}`),
      pressedPart(context) ?? buttons(runButtons(run, ['details', 'abort'])),
    ),
  };
}

/** A run that is at work: running, coming to a pause, or coming to its abortion. */
export function runningCard(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
  const view = look(run, chronicle, context);
  const { percent, remainingSeconds } = view.progress;
  const times = `running ${duration(view.elapsedSeconds)}, about ${duration(remainingSeconds)} left`;
  const waiting = waitingNodes(run);
  const state =
    run.status === 'pausing'
      ? ['⏸️', `pausing ${safePointText(run)} (${mention(run.pauseRequestedBy ?? run.requestedBy)})`]
      : run.status === 'aborting'
        ? ['🛑', `aborting after the steps in hand (${mention(run.endedBy ?? run.requestedBy)})`]
        : waiting === 0
          ? ['⏳', times]
          : [
              '🟠',
              `waits for people (${count(waiting, 'node')}), ${times.replace(/ left$/, ' of work left')}`,
            ];
  const parked = run.status === 'running' ? run.course.parked : undefined;
  if (parked) state.splice(0, 2, '🅿️', parkedState(parked, context.now));
  return {
    sentence: `${route(run)}: ${percent} %, ${waiting > 0 ? 'waits for people, ' : ''}${sentenceState(run, times)}.`,
    parts: partsOf(
      text(titleLine(state[0] ?? '', run, `${percent} %`, state[1] ?? '')),
      tasksPart(run, view, context),
      text(
        [
          // What a person has to do comes before what the bot does.
          ...[askedText(run, context)].filter((line) => line !== undefined),
          `*Now* ${nowText(run, chronicle, view.turns, context)}`,
          run.status === 'aborting' ? `*Then* ${abortText(run)}` : `*Next* ${afterThat(run, view.turns)}`,
          ...[quarantineText(run)].filter((line) => line !== undefined),
          ...wayBackLines(run),
        ].join('\n'),
      ),
      fine(
        `run ${code(run.id)} · ${mention(ownerOf(run))} has it · since ${moment(run.startedAt ?? run.createdAt, context.now)} · updated ${momentWithSeconds(context.now)}`,
      ),
      pressedPart(context) ?? buttons(runButtons(run, actionsOf(run))),
    ),
  };
}

function afterThat(run: Run, turns: readonly SurveyedTurn[]): string {
  return run.status === 'pausing' ? `nothing until Resume; then ${nextText(turns)}` : nextText(turns);
}

/** Nodes that stand still until people answer. */
function waitingNodes(run: Run): number {
  return [...run.steps.keys()].filter((key) => openWait(run, key) !== undefined).length;
}

/** A run that stands still because somebody asked for it. */
export function pausedCard(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
  const view = look(run, chronicle, context);
  const since =
    chronicle.pausedSince === undefined ? '' : ` since ${moment(chronicle.pausedSince, context.now)}`;
  const by = run.pauseRequestedBy === undefined ? '' : ` by ${mention(run.pauseRequestedBy)}`;
  return {
    sentence: `${route(run)} is paused at ${view.progress.percent} %; nothing is under way.`,
    parts: partsOf(
      text(titleLine('⏸️', run, `${view.progress.percent} %`, `paused${since}${by}`)),
      tasksPart(run, view, context),
      text(
        [
          `*Now* nothing is under way; the run waits for Resume, then about ${duration(view.progress.remainingSeconds)} are left`,
          `*Next* ${nextText(view.turns)}`,
          `*Needed* ${mention(run.pauseRequestedBy ?? ownerOf(run))} or anybody who may run upgrades here: press Resume`,
          `*Nodes* ${nodesLine(run, view.turns)}`,
          ...[quarantineText(run)].filter((line) => line !== undefined),
          ...wayBackLines(run),
        ].join('\n'),
      ),
      fine(`run ${code(run.id)} · updated ${momentWithSeconds(context.now)}`),
      pressedPart(context) ?? buttons(runButtons(run, ['resume', 'details', 'hand-over', 'abort'])),
    ),
  };
}

interface Look {
  readonly turns: readonly SurveyedTurn[];
  readonly progress: Progress;
  readonly elapsedSeconds: number;
}

function look(run: Run, chronicle: Chronicle, { now }: ProjectionContext): Look {
  const turns = survey(run);
  const elapsedSeconds = run.startedAt === undefined ? 0 : secondsBetween(run.startedAt, now);
  const idling = chronicle.idleSince === undefined ? 0 : secondsBetween(chronicle.idleSince, now);
  const active = Math.max(0, elapsedSeconds - chronicle.idleSeconds - idling);
  return { turns, progress: progressOf(run, turns, active), elapsedSeconds };
}

function tasksPart(run: Run, { turns, progress }: Look, { now }: ProjectionContext): Part {
  return {
    kind: 'tasks',
    title: `${progress.percent} % · ${count(nodeCount(run), 'node')}`,
    tasks: tasksOf(run, turns, now),
  };
}

/** The likeliest first; what ends the run stands last, where nobody presses it by mistake. */
function actionsOf(run: Run): RunAction[] {
  if (run.status === 'aborting') return ['details'];
  const aside: RunAction[] = run.course.quarantined.length > 0 ? ['retry-quarantined'] : [];
  if (run.status === 'pausing') return [...aside, 'resume', 'details', 'hand-over', 'abort'];
  return [...gateActions(run), ...aside, 'pause', 'details', 'hand-over', 'abort'];
}

function sentenceState(run: Run, times: string): string {
  if (run.status === 'pausing') return `pausing ${safePointText(run)}`;
  return run.status === 'aborting' ? 'aborting after the steps in hand' : times;
}

/** What an approved run waits for, where it does not start at once. */
function waitsForText(run: Run, { now }: ProjectionContext): string | undefined {
  const windows = windowsText(run.plan.policy);
  return windows === undefined ? undefined : `*When* ${windows}; ${openingText(run.plan.policy, now)}`;
}

function plainStart(run: Run, { now }: ProjectionContext): string {
  return startText(run, now) === 'in a moment' ? 'starts in a moment' : 'waits for its time to start';
}

const shownInHand = 5;

/** What is in hand, in words: a step's own last note where it has one, else what its kind is doing. */
function nowText(
  run: Run,
  chronicle: Chronicle,
  turns: readonly SurveyedTurn[],
  { now }: ProjectionContext,
): string {
  const lines = turns.flatMap(({ step, record, node }) => {
    if (step === undefined || isAside(run, node)) return [];
    if (record === undefined) return [`${node === undefined ? '' : `${node}: `}${stepName(step)} is next`];
    const prefix = node === undefined ? '' : `${node}: `;
    // It is asked about above.
    if (openWait(run, step.key) !== undefined) return [];
    const blocked = chronicle.blocked.get(step.key);
    if (blocked)
      return [`${prefix}waits for people · ${short(withoutNode(blocked.failure.message, node), 200)}`];
    if (record.status === 'retrying') {
      const when = record.retryAt === undefined ? '' : ` at ${moment(record.retryAt, now)}`;
      const why =
        record.failure === undefined ? '' : ` · ${short(withoutNode(record.failure.message, node), 200)}`;
      return [`${prefix}trying again${when}${why}`];
    }
    if (record.status !== 'running') return [];
    const note = chronicle.notes.get(step.key);
    return [`${prefix}${note === undefined ? stepDoing(step) : short(withoutNode(note.text, node), 200)}`];
  });
  if (lines.length === 0 && run.course.parked && run.status === 'running')
    return `nothing is under way; ${parkedText(run.course.parked, now)}, then it goes on by itself`;
  if (lines.length === 0 && waitingNodes(run) > 0) return 'nothing else is under way';
  if (lines.length === 0) return run.status === 'running' ? 'choosing the next step' : 'nothing is under way';
  return fold(lines, { separator: '; ', maxEntries: shownInHand, maxChars: 1_200 });
}
