import { assertNever } from '../../domain/assert-never.ts';
import { drillOf } from '../../domain/rollback.ts';
import type { Run } from '../../domain/run.ts';
import { losesData } from '../../usecases/proposal/approve.ts';
import { answersHalt, ButtonValue, buttonValue, type RunAction } from '../buttons.ts';
import { linkTo, permalinkOf } from '../permalinks.ts';
import { PlanInstead } from '../plan-buttons.ts';
import { skippedName } from '../projection/run-buttons.ts';
import { code } from '../text/untrusted.ts';
import { admitPress } from './admit.ts';
import { answer, type Place } from './answer.ts';
import { openApprove } from './approve-modal.ts';
import { askForPlan } from './ask-for-plan.ts';
import { approveAnswer, controlAnswer } from './control-answer.ts';
import type { Inbound } from './deps.ts';
import { openDetails } from './details-modal.ts';
import { failedText, notKnown } from './failed-text.ts';
import { openHandOver } from './hand-over-modal.ts';
import { openOutput } from './output-modal.ts';
import type { Action, MessageActionPayload } from './payloads.ts';
import { askForRollback } from './rollback.ts';
import { openSkip } from './skip-modal.ts';
import { unknownButton } from './unknown-button.ts';

/** A press on a run's message, checked, with the run as it is stored now. */
interface Press {
  readonly action: RunAction;
  readonly run: Run;
  readonly place: Place;
  readonly triggerId: string;
}

/** Does what a press on a run's message asks for. Called after the acknowledgement. */
export async function onRunAction(
  inbound: Inbound,
  action: RunAction,
  payload: MessageActionPayload,
): Promise<void> {
  const admitted = await admitPress(inbound, payload);
  if (admitted === undefined) return;
  const { pressed, place } = admitted;
  const checked = await checkPress(inbound, action, payload, pressed);
  if (typeof checked === 'string') return answer(inbound, place, checked);
  return obey(inbound, { action, run: checked, place, triggerId: payload.trigger_id });
}

/** The button of a refusal: asks for the plan that would go. */
export async function onPlanInstead(inbound: Inbound, payload: MessageActionPayload): Promise<void> {
  const admitted = await admitPress(inbound, payload);
  if (admitted === undefined) return;
  const { pressed, place } = admitted;
  const wanted = PlanInstead.safeParse(pressed.value);
  if (!wanted.success) return answer(inbound, place, unknownButton);
  const { cluster, version, inHops } = wanted.data;
  await askForPlan(inbound, place, {
    cluster,
    target: { kind: 'exact', version },
    ...(inHops ? { inHops } : {}),
  });
}

/** A button of an earlier version of the bot, or of nobody: gets an honest answer. */
export async function onUnknownAction(inbound: Inbound, payload: MessageActionPayload): Promise<void> {
  const admitted = await admitPress(inbound, payload);
  if (admitted !== undefined) await answer(inbound, admitted.place, unknownButton);
}

/**
 * Looks a press up: the run of the button's value, the message that the run is told in, the plan that was shown. Nothing
 * of the payload is believed beyond being a question. Returns the run, or what the person is told.
 */
async function checkPress(
  inbound: Inbound,
  action: RunAction,
  payload: MessageActionPayload,
  pressed: Action,
): Promise<Run | string> {
  const value = ButtonValue.safeParse(pressed.value);
  if (!value.success) return unknownButton;
  const run = await inbound.useCases.run(value.data.run);
  if (run === undefined) {
    return `This button belongs to a run (${code(value.data.run)}) that I do not know any more, so nothing was done.`;
  }
  const telling = await inbound.store.telling(run.id);
  const channel = payload.channel.id;
  if (telling?.channel !== channel || run.channel !== channel) return unknownButton;
  if (telling.parentTs !== payload.container.message_ts) {
    const link = linkTo(await permalinkOf(inbound, run.id), 'open it');
    return `This is not the present message of run ${code(run.id)}, so nothing was done${link === '' ? '' : `; ${link}`}.`;
  }
  if (!run.plan.digest.startsWith(value.data.digest)) {
    return 'This button belongs to another plan than the one that is stored, so nothing was done.';
  }
  if (answersHalt(action) && pressed.value !== buttonValue(run, action)) {
    return 'This button belongs to an earlier stop of the run, so nothing was done. The message shows where it stands now.';
  }
  return run;
}

/** What is done at once, without a form or a look at the cluster. */
type Immediate = Exclude<RunAction, 'details' | 'output' | 'plan-again' | 'skip' | 'hand-over'>;

async function obey(inbound: Inbound, press: Press): Promise<void> {
  const { action, run, place } = press;
  if (action === 'approve' && run.status === 'proposed' && losesData(run)) {
    return openApprove(inbound, place, press.triggerId, run);
  }
  if (action === 'details') return openDetails(inbound, press.place, press.triggerId, run);
  if (action === 'output') return openOutput(inbound, place, press.triggerId, run, run.halt?.step);
  if (action === 'hand-over') return openHandOver(inbound, place, press.triggerId, run);
  if (action === 'skip') {
    const step = run.halt?.step;
    if (step === undefined) return answer(inbound, place, 'The run does not wait for a decision any more.');
    return openSkip(inbound, place, press.triggerId, { run, step, name: skippedName(run) });
  }
  if (action === 'plan-again' && run.plan.purpose.kind === 'rollback') {
    const { of, scope } = run.plan.purpose;
    return askForRollback(inbound, place, { of: { run: of }, scope });
  }
  if (action === 'plan-again') {
    const target = { kind: 'exact', version: run.plan.to } as const;
    const inHops = run.plan.hops.length > 1;
    const drill = drillOf(run)?.etcd;
    return askForPlan(inbound, place, {
      cluster: run.cluster,
      target,
      ...(inHops ? { inHops } : {}),
      ...(drill === undefined ? {} : { drill }),
    });
  }
  await answer(inbound, place, await decideVisibly(inbound, action, press));
}

/** Most answers come at once; only a slow one is worth taking the buttons from everybody else. */
const quickMs = 400;

/** Decides and, where that takes a while, shows on the message what is being done in the buttons' place. */
async function decideVisibly(inbound: Inbound, action: Immediate, press: Press): Promise<string> {
  const { run, place } = press;
  const decided = new AbortController();
  const showIfSlow = async (): Promise<() => void> => {
    await inbound.clock.sleep(quickMs, decided.signal);
    if (decided.signal.aborted) return () => undefined;
    return inbound.publisher.press(run.id, { action, by: place.user });
  };
  const shown = showIfSlow();
  try {
    return await decide(inbound, action, press);
  } catch (error) {
    inbound.log.error({ error, run: run.id, action }, 'a press could not be carried out');
    return failedText(`${notKnown} The message shows where the run stands.`, error);
  } finally {
    decided.abort();
    const release = await shown;
    release();
  }
}

async function decide(inbound: Inbound, action: Immediate, { run, place }: Press): Promise<string> {
  const { useCases } = inbound;
  const request = { user: place.user, channel: place.channel, run: run.id };
  switch (action) {
    case 'approve': {
      const outcome = await useCases.approve({ ...request, digest: run.plan.digest });
      return approveAnswer(outcome, inbound.clock.now());
    }
    case 'reject':
    case 'pause':
    case 'resume':
    case 'abort':
    case 'extend':
      return controlAnswer(action, await useCases[action](request));
    case 'gate-yes':
      return controlAnswer(action, await useCases.voteAtGate({ ...request, choice: 'yes' }));
    case 'open-gate':
      return controlAnswer(action, await useCases.voteAtGate({ ...request, choice: 'open' }));
    case 'retry-quarantined':
      return controlAnswer(action, await useCases.retryQuarantined(request));
    case 'retry':
    case 'wait':
    case 'stop': {
      const step = run.halt?.step;
      if (step === undefined) return 'The run does not wait for a decision any more.';
      return controlAnswer(action, await useCases.decide({ ...request, step, choice: action }));
    }
    default:
      return assertNever(action);
  }
}
