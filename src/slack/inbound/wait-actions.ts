import { assertNever } from '../../domain/assert-never.ts';
import type { Instant, StepKey } from '../../domain/names.ts';
import { openWait, type Run } from '../../domain/run.ts';
import type { ControlOutcome } from '../../usecases/use-cases.ts';
import { placeOf as nodeOfStep } from '../projection/wait-card.ts';
import { code } from '../text/untrusted.ts';
import { cardKey, podNonce, type WaitAction, WaitValue, waitNonce } from '../wait-buttons.ts';
import { admitPress } from './admit.ts';
import { answer, type Place } from './answer.ts';
import { waitAnswer } from './control-answer.ts';
import type { Inbound } from './deps.ts';
import { failedText, notKnown } from './failed-text.ts';
import type { MessageActionPayload } from './payloads.ts';
import { openSkip } from './skip-modal.ts';
import { unknownButton } from './unknown-button.ts';

/** A press on the card of a step that stands still, checked, with what it is about as it is stored now. */
interface Press {
  readonly action: WaitAction;
  readonly run: Run;
  readonly step: StepKey;
  readonly since: Instant;
  readonly value: WaitValue;
  readonly place: Place;
  readonly triggerId: string;
}

const waitIsOver =
  'That wait is over, so nothing was done. The message of the run shows where it stands now.';

/** Does what a press on such a card asks for. Called after the acknowledgement. */
export async function onWaitAction(
  inbound: Inbound,
  action: WaitAction,
  payload: MessageActionPayload,
): Promise<void> {
  const admitted = await admitPress(inbound, payload);
  if (admitted === undefined) return;
  const { pressed, place } = admitted;
  const found = await lookUp(inbound, payload, pressed.value);
  if (typeof found === 'string') return answer(inbound, place, found);
  const press: Press = { ...found, action, place, triggerId: payload.trigger_id };
  if (action === 'skip') {
    const { run, step, since } = press;
    return openSkip(inbound, place, press.triggerId, { run, step, since, name: nodeOfStep(run, step) });
  }
  try {
    const outcome = await carryOut(inbound, press);
    await answer(inbound, place, typeof outcome === 'string' ? outcome : waitAnswer(action, outcome));
  } catch (error) {
    inbound.log.error({ error, run: press.run.id, action }, 'a press on a card could not be carried out');
    await answer(inbound, place, failedText(`${notKnown} The card shows where it stands.`, error));
  }
}

/** The wait that a button's value names, if it is still there and this is its present card. */
async function lookUp(
  inbound: Inbound,
  payload: MessageActionPayload,
  given: string | undefined,
): Promise<Pick<Press, 'run' | 'step' | 'since' | 'value'> | string> {
  const value = WaitValue.safeParse(given).data;
  const run = value && (await inbound.useCases.run(value.run));
  if (value === undefined || run === undefined) return unknownButton;
  const telling = await inbound.store.telling(run.id);
  const channel = payload.channel.id;
  if (telling?.channel !== channel || run.channel !== channel) return unknownButton;
  if (!run.plan.digest.startsWith(value.digest)) return unknownButton;
  for (const step of run.steps.keys()) {
    const since = openWait(run, step)?.since;
    if (since === undefined || waitNonce({ step, since }) !== value.wait) continue;
    const ts = telling.cards?.[cardKey({ step, since })];
    if (ts === payload.container.message_ts) return { run, step, since, value };
    return `This is not the present card of run ${code(run.id)}, so nothing was done; its thread has the newest one.`;
  }
  return waitIsOver;
}

async function carryOut(
  { useCases }: Inbound,
  {
    action,
    run,
    step,
    since,
    value,
    place,
  }: Press & { readonly action: Exclude<WaitAction, 'skip'> | WaitAction },
): Promise<ControlOutcome | string> {
  const request = { user: place.user, channel: place.channel, run: run.id, step, since };
  const pod = openWait(run, step)?.standstill?.blockages.find(({ uid }) => podNonce(uid) === value.pod)?.uid;
  switch (action) {
    case 'keep-waiting':
    case 'stop':
      return useCases.answer({ ...request, wish: { kind: action } });
    case 'scale-up':
    case 'delete-pod':
      if (pod === undefined) return podIsGone;
      return useCases.answer({ ...request, wish: { kind: action, pod } });
    case 'tell-owner':
      return pod === undefined ? podIsGone : useCases.tellOwner({ ...request, pod });
    case 'retry':
      return useCases.decide({ ...request, choice: 'retry' });
    case 'agree':
    case 'withdraw':
      if (value.number === undefined) return unknownButton;
      return useCases[action]({ ...request, number: value.number });
    case 'skip':
      return unknownButton;
    default:
      return assertNever(action);
  }
}

const podIsGone = 'That pod is not in the way any more, so nothing was done.';
