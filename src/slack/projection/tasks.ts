import type { Run } from '../../domain/run.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { count } from '../text/fold.ts';
import { short } from '../text/untrusted.ts';
import type { Task, TaskStatus } from './card.ts';
import { isAside } from './quarantine-text.ts';
import { addonNames, hopOf, stepDoingShort, stepName } from './step-words.ts';
import { isThrough, type SurveyedTurn, turnName } from './survey.ts';

/** Slack takes more, but a person does not. */
const maxTasks = 20;
/** Turns of a phase that get a line each; beyond, those that are through and those to come are counted. */
const linesOfPhase = 8;
const linesInHand = 4;

/** The run as a short list of tasks: a line a phase or node, of many nodes only those that something happens to. */
export function tasksOf(run: Run, turns: readonly SurveyedTurn[], now: number): Task[] {
  const phases = Map.groupBy(turns, (turn) => turn.phaseIndex);
  const detailed = [...phases.values()].map((phase) => phaseTasks(run, phase, now));
  const all = detailed.flat();
  if (all.length <= maxTasks) return all;
  const folded = [...phases.values()].map((phase, index) => {
    const quiet = phase.every(isThrough) || phase.every((turn) => turn.status === 'pending');
    const lines = detailed[index] ?? [];
    return quiet && lines.length > 1 ? [wholePhase(run, phase)] : lines;
  });
  return folded.flat().slice(0, maxTasks);
}

function phaseTasks(run: Run, all: readonly SurveyedTurn[], now: number): Task[] {
  const phase = all.filter((turn) => !isBeside(turn, all));
  const [first] = phase;
  if (first === undefined) return [];
  if (first.phase === 'before' || first.phase === 'addons' || first.phase === 'after')
    return [merged(phase, now)];
  if (isRestore(phase)) return restoreTasks(phase, now);
  if (phase.length <= linesOfPhase) return phase.map((turn) => nodeTask(run, turn, now));

  const id = `phase-${first.phaseIndex}`;
  const through = phase.filter(isThrough);
  const inHand = phase.filter((turn) => turn.status === 'under-way' || turn.status === 'failed');
  const waiting = phase.filter((turn) => turn.status === 'pending');
  const noun = first.phase === 'control-plane' ? 'control plane' : 'worker';
  const shown = inHand.toSorted((a, b) => Number(b.status === 'failed') - Number(a.status === 'failed'));
  const beyond = shown.length - linesInHand;
  return [
    ...(through.length > 0 ? [task(`${id}-through`, count(through.length, noun), 'complete')] : []),
    ...shown.slice(0, linesInHand).map((turn) => nodeTask(run, turn, now)),
    ...(beyond > 0 ? [task(`${id}-more`, `${count(beyond, noun)} more in hand`, 'in_progress')] : []),
    ...(waiting.length > 0 ? [task(`${id}-waiting`, count(waiting.length, noun), 'pending')] : []),
  ];
}

/** A restore takes all nodes through the same moves side by side: what is done is a line, not who does it. */
function isRestore(phase: readonly SurveyedTurn[]): boolean {
  return phase.some(({ turn }) => turn.steps.some(({ kind }) => kind === 'restore-etcd'));
}

function restoreTasks(phase: readonly SurveyedTurn[], now: number): Task[] {
  return [...Map.groupBy(phase, ({ batch }) => batch)].map(([batch, turns]) => {
    const [step] = turns.flatMap(({ turn }) => turn.steps);
    const title = step === undefined ? 'restore' : stepName(step);
    return timed(`batch-${batch}`, title[0]?.toUpperCase() + title.slice(1), turns, now);
  });
}

/** What is done between nodes (marks, soaks) is a line only while it is what happens, or has failed. */
function isBeside(turn: SurveyedTurn, phase: readonly SurveyedTurn[]): boolean {
  const isQuiet = turn.status === 'pending' || isThrough(turn);
  const isOfWorkers = turn.phase === 'canary' || turn.phase === 'workers';
  return isOfWorkers && turn.node === undefined && isQuiet && phase.some(({ node }) => node !== undefined);
}

function nodeTask(run: Run, turn: SurveyedTurn, now: number): Task {
  const version = hopText(run, [turn]);
  const title = `${turnName(turn)}${version === undefined ? '' : ` ${version}`}`;
  const id = `${turn.phaseIndex}-${turn.node ?? turn.turn.steps[0]?.key ?? 'cluster'}`;
  if (isThrough(turn)) {
    const took = turn.startedAt !== undefined && turn.endedAt !== undefined;
    const time = took ? duration(secondsBetween(turn.startedAt, turn.endedAt)) : undefined;
    const note = turn.status === 'skipped' ? 'with a step skipped' : time;
    return task(id, title, 'complete', note);
  }
  if (turn.step === undefined) return task(id, title, 'pending');
  const { record } = turn;
  const doing = stepDoingShort(turn.step);
  if (isAside(run, turn.node))
    return task(id, title, 'error', `in quarantine; failed: ${stepName(turn.step)}`);
  if (turn.status === 'failed') return task(id, title, 'error', `failed: ${stepName(turn.step)}`);
  if (record?.status === 'retrying') return task(id, title, 'in_progress', `${doing}, to be tried again`);
  const since = record?.startedAt;
  const stands = run.status === 'paused' || since === undefined || record === undefined;
  return task(
    id,
    title,
    'in_progress',
    stands ? doing : `${doing} (${duration(secondsBetween(since, now))})`,
  );
}

const phaseTitles = { before: 'Backups', after: 'Final check' } as const;

/** A phase that is one line: its turns go side by side or are quick. */
function merged(phase: readonly SurveyedTurn[], now: number): Task {
  const first = phase[0];
  const kind = first?.phase;
  const title =
    kind === 'addons'
      ? short(addonNames(phase.flatMap(({ turn }) => turn.steps)), 120)
      : kind === 'before' || kind === 'after'
        ? phaseTitles[kind]
        : 'Nodes';
  return timed(`phase-${first?.phaseIndex ?? 0}`, title, phase, now);
}

/** Turns as one line, with how long they took from the first to the last. */
function timed(id: string, title: string, turns: readonly SurveyedTurn[], now: number): Task {
  const status = statusOf(turns);
  const starts = turns.flatMap((turn) => turn.startedAt ?? []);
  if (status === 'pending' || starts.length === 0) return task(id, title, status);
  const ends = turns.flatMap((turn) => turn.endedAt ?? []);
  const end = status === 'complete' && ends.length > 0 ? Math.max(...ends) : now;
  return task(id, title, status, duration(secondsBetween(Math.min(...starts), end)));
}

/** `3 workers`, and of control planes, which come more than once: what of them, in several hops also to which version. */
function wholePhase(run: Pick<Run, 'plan'>, phase: readonly SurveyedTurn[]): Task {
  const [first] = phase;
  const nodes = phase.filter(({ node }) => node !== undefined);
  const noun = first?.phase === 'control-plane' ? 'control plane' : 'worker';
  const what = nodes.length === 0 ? count(phase.length, 'part') : count(nodes.length, noun);
  const kubelets = nodes[0] !== undefined && turnName(nodes[0]) !== nodes[0].node ? 'kubelets of ' : '';
  const version = hopText(run, phase);
  const title = `${version === undefined ? '' : `${version}: `}${kubelets}${what}`;
  return task(`phase-${first?.phaseIndex ?? 0}`, title, statusOf(phase));
}

/** To which version control planes go, where they go through more than one. */
function hopText({ plan }: Pick<Run, 'plan'>, turns: readonly SurveyedTurn[]): string | undefined {
  const isOfMany = plan.hops.length > 1 && turns[0]?.phase === 'control-plane';
  return isOfMany ? hopOf(turns.map(({ turn }) => turn)) : undefined;
}

function statusOf(phase: readonly SurveyedTurn[]): TaskStatus {
  if (phase.some((turn) => turn.status === 'failed')) return 'error';
  if (phase.every(isThrough)) return 'complete';
  return phase.every((turn) => turn.status === 'pending') ? 'pending' : 'in_progress';
}

function task(id: string, title: string, status: TaskStatus, note?: string): Task {
  return { id, title, status, ...(note === undefined ? {} : { note }) };
}
