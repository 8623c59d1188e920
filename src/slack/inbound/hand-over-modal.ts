import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { ChannelId, RunId, type UserId } from '../../domain/names.ts';
import { ownerOf, type Run } from '../../domain/run.ts';
import { limits, plain, section } from '../blocks/elements.ts';
import { mention } from '../projection/people.ts';
import { code } from '../text/untrusted.ts';
import { admitForm } from './admit.ts';
import { answer, type Place } from './answer.ts';
import { controlAnswer } from './control-answer.ts';
import type { Inbound } from './deps.ts';
import { formIsOld, metadataOf } from './form-data.ts';
import type { ViewSubmissionPayload } from './payloads.ts';

/** The form in which a run gets another owner. */
export const handOverView = { callbackId: 'hand-over', block: 'heir', action: 'hand-over.heir' } as const;

const HandOverData = z.strictObject({ channel: ChannelId, run: RunId });
type HandOver = z.infer<typeof HandOverData> & { to: UserId };

export async function openHandOver(
  inbound: Inbound,
  place: Place,
  triggerId: string,
  run: Run,
): Promise<void> {
  const opened = await inbound.messenger.openView(triggerId, handOverModal(place.channel, run));
  if (!('error' in opened)) return;
  inbound.log.warn({ error: opened.error, run: run.id }, 'the form for a hand-over could not be opened');
  const line = `/k8s-upgrade handover ${run.id} @name`;
  return answer(inbound, place, `Slack did not let me ask you to whom. Say it in a line: ${code(line)}`);
}

function handOverModal(channel: ChannelId, run: Run): ModalView {
  return {
    type: 'modal',
    callback_id: handOverView.callbackId,
    private_metadata: JSON.stringify({ channel, run: run.id }),
    title: plain('Hand over', limits.viewTitle),
    close: plain('Back', limits.viewTitle),
    submit: plain('Hand over', limits.viewTitle),
    blocks: [
      section(
        `The run of *${run.cluster}* (${code(run.id)}) is ${mention(ownerOf(run))}’s. Whoever has it is called when it ` +
          'needs somebody; who may approve does not change.',
      ),
      {
        type: 'input',
        block_id: handOverView.block,
        label: plain('To whom?', 2_000),
        element: {
          type: 'users_select',
          action_id: handOverView.action,
          placeholder: plain('Choose somebody', 150),
        },
      },
    ],
  };
}

/** To whom, or what is wrong with the form. */
export function readHandOver(payload: ViewSubmissionPayload): HandOver | { error: string } {
  const to = payload.view.state.values[handOverView.block]?.[handOverView.action]?.selected_user;
  if (to === null || to === undefined) return { error: 'Choose somebody.' };
  const data = metadataOf(HandOverData, payload.view.private_metadata);
  return data === undefined ? { error: formIsOld } : { ...data, to };
}

/** Called after the acknowledgement. */
export async function onHandOver(
  inbound: Inbound,
  payload: ViewSubmissionPayload,
  { channel, run, to }: HandOver,
): Promise<void> {
  const place = await admitForm(inbound, payload, channel);
  if (place === undefined) return;
  const outcome = await inbound.useCases.handOver({ user: place.user, channel, run, to });
  await answer(inbound, place, controlAnswer('hand-over', outcome));
}
