import type { Blockage } from '../../domain/blockage.ts';
import type { StepKey } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import { openWait, ownerOf, type Run } from '../../domain/run.ts';
import { nodeOf } from '../../domain/step.ts';
import { awaitsSecond, type GivenAnswer, type StepWait } from '../../domain/waiting.ts';
import { isSkippable } from '../../usecases/control/decide.ts';
import { mentionOfOwner } from '../../usecases/control/owners.ts';
import { count, fold } from '../text/fold.ts';
import { moment } from '../text/moment.ts';
import { runbookWords } from '../text/runbook.ts';
import { code, short } from '../text/untrusted.ts';
import { answerText, podText, whyText } from './answer-words.ts';
import { buttons, type Card, fine, type Part, partsOf, text } from './card.ts';
import type { ProjectionContext } from './context.ts';
import { mention, othersText } from './people.ts';
import { stepName } from './step-words.ts';
import { nodeButtons, podButtons, secondButtons } from './wait-buttons.ts';

/** Pods with buttons of their own; the others are named, and get theirs when these are gone. */
const podsWithButtons = 4;

/** The card of a step that stands still and waits for people; undefined where only its failure is known. */
export function waitCard(run: Run, key: StepKey, context: ProjectionContext): Card | undefined {
  const wait = openWait(run, key);
  const { standstill } = wait ?? {};
  if (wait === undefined || standstill === undefined) return undefined;
  const record = run.steps.get(key);
  const node = placeOf(run, key);
  const stopped = record?.status === 'failed';
  const given = record?.answers ?? [];
  const ref = { step: key, since: wait.since, told: wait.told, stopped };
  const { blockages } = standstill;
  const shown = blockages.slice(0, podsWithButtons);
  const first = blockages[0] ? `Pod ${blockages[0].namespace}/${blockages[0].name} is in the way.` : '';
  const title = stopped ? `stopped at ${node}` : `${node} is waiting for you`;
  return {
    sentence: `${run.cluster}: ${title}. ${short(first, 200)} ${movedText(run, key)}`,
    parts: partsOf(
      text(
        `${stopped ? '🔴' : '🟠'} *${run.cluster}: ${title}* (${mention(ownerOf(run))}) · nothing has moved since ` +
          `${moment(standstill.since, context.now)} · ${code(wait.failure.code)}\n` +
          (standstill.nodeAway === undefined
            ? 'Nothing is broken: pods that are left keep running.'
            : `*${node} itself is ${short(standstill.nodeAway, 200)}*: no pod on it can end before it answers again. See to the machine first.`),
      ),
      ...shown.flatMap((blockage, index): Part[] => [
        text(blockageText(run, blockage, wait, context)),
        buttons(podButtons(run, ref, blockage, given, index + 1, shown.slice(0, index))),
      ]),
      blockages.length > shown.length ? text(othersInTheWay(blockages.slice(shown.length))) : undefined,
      ...secondParts(run, ref, node, given, context),
      text(
        [
          `*On ${node}* ${movedText(run, key)}`,
          `*By itself* ${byItself(run, node, stopped, untilOf(standstill.until, given), context)}`,
          ...heardText(given, node),
        ].join('\n'),
      ),
      buttons(nodeButtons(run, ref, node, canSkipStep(run, key))),
      fine(`run ${code(run.id)} · ${runbookWords(context.runbooks, wait.failure.code)}`),
    ),
  };
}

/** The node of a step, or what the step is. */
export function placeOf(run: Pick<Run, 'plan'>, key: StepKey): string {
  const step = stepsOf(run.plan).find((candidate) => candidate.key === key);
  return step === undefined ? key : (nodeOf(step) ?? stepName(step));
}

function canSkipStep(run: Pick<Run, 'plan'>, key: StepKey): boolean {
  const phase = run.plan.phases.find(({ batches }) =>
    batches.some(({ turns }) => turns.some(({ steps }) => steps.some((step) => step.key === key))),
  );
  return phase !== undefined && isSkippable(phase.kind, run);
}

function blockageText(run: Run, blockage: Blockage, wait: StepWait, context: ProjectionContext): string {
  const told = wait.told[blockage.uid];
  return [
    whyText(blockage),
    `In the way since ${moment(blockage.since, context.now)}. ${ownerText(run, blockage)}` +
      (told === undefined ? '' : ` Told by ${mention(told.by)} at ${moment(told.at, context.now)}.`),
  ].join('\n');
}

/** `Its owner is team-payments (label team of the pod), @pay-oncall.` */
function ownerText(run: Run, { owner, namespace }: Blockage): string {
  const called = mentionOfOwner(run.plan.policy, namespace, owner?.text);
  if (owner === undefined) {
    return called === undefined
      ? 'Nobody has written down who owns it.'
      : `Its namespace belongs to ${called} (from the configuration).`;
  }
  const written = called !== undefined && owner.text.startsWith('<') ? called : short(owner.text, 120);
  const also = called === undefined || written === called ? '' : `, ${called}`;
  return `Its owner is ${written}${also} (${short(owner.source, 80)}).`;
}

function othersInTheWay(blockages: readonly Blockage[]): string {
  const names = fold(blockages.map(podText), { separator: ', ', maxEntries: 12, maxChars: 900 });
  return `${count(blockages.length, 'more pod')} ${blockages.length === 1 ? 'waits' : 'wait'} with ${blockages.length === 1 ? 'these' : 'them'}: ${names}`;
}

/** `Everything else has moved (14 pods).`, `9 pods have moved, 3 are still to go.` */
function movedText(run: Run, key: StepKey): string {
  const standstill = openWait(run, key)?.standstill;
  if (standstill === undefined) return '';
  const { moved, left, blockages } = standstill;
  const others = left - blockages.length;
  const have = `${count(moved, 'pod')} ${moved === 1 ? 'has' : 'have'} moved`;
  if (others > 0) return `${have}, ${left} are still to go.`;
  return moved === 0
    ? 'Nothing else was there to move.'
    : `Everything else has moved (${count(moved, 'pod')}).`;
}

/** When the drain gives up; a wish to keep waiting counts from the moment at which it was said. */
function untilOf(until: string, given: readonly GivenAnswer[]): number {
  const kept = given.flatMap(({ answer }) =>
    answer.kind === 'keep-waiting' ? [Date.parse(answer.at) + answer.seconds * 1_000] : [],
  );
  return Math.max(Date.parse(until), ...kept);
}

function byItself(
  run: Run,
  node: string,
  stopped: boolean,
  until: number,
  { now }: ProjectionContext,
): string {
  if (stopped)
    return 'nothing more: the run waits for a decision. An agreed answer begins the drain anew with it.';
  const then =
    run.plan.policy.workers.onFailure === 'quarantine'
      ? `${node} is set aside and the run goes on without it`
      : 'the run stops here and asks';
  return `it goes on as soon as ${node} is empty; at ${moment(until, now)} ${then}.`;
}

/** One part a wish that waits for its second person. */
function secondParts(
  run: Run,
  ref: { step: StepKey; since: string },
  node: string,
  given: readonly GivenAnswer[],
  context: ProjectionContext,
): Part[] {
  return given
    .filter(awaitsSecond)
    .flatMap((pending, index): Part[] => [
      text(
        `✋ *${mention(pending.answer.by)} wants to ${answerText(pending.answer, node)}* · ${moment(pending.answer.at, context.now)}\n` +
          `Awaited: a second person, ${othersText(context.approvers, pending.answer.by)}.`,
      ),
      buttons(secondButtons(run, ref, pending, index + 1)),
    ]);
}

/** What was said already, newest last. */
function heardText(given: readonly GivenAnswer[], node: string): string[] {
  const lines = given.flatMap((answer) => {
    const { second, withdrawn } = answer;
    if (withdrawn !== undefined || awaitsSecond(answer)) return [];
    const who = [answer.answer.by, ...(second ? [second.by] : [])].map(mention).join(' and ');
    return [`${who}: ${answerText(answer.answer, node)}`];
  });
  return lines.length === 0
    ? []
    : [`*Decided* ${fold(lines.toReversed(), { separator: ' · ', maxEntries: 4, maxChars: 900 })}`];
}
