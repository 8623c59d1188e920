import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { ChannelId, ClusterName, PlanDigest, RunId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { limits, plain, section } from '../blocks/elements.ts';
import { lossText } from '../projection/rollback/verdict-text.ts';
import { admitForm } from './admit.ts';
import { answer, type Place } from './answer.ts';
import { approveAnswer } from './control-answer.ts';
import type { Inbound } from './deps.ts';
import { formIsOld, metadataOf } from './form-data.ts';
import type { ViewSubmissionPayload } from './payloads.ts';

/** The form that an approval goes through where data would be lost: the cluster's name is typed, not clicked. */
export const approveView = {
  callbackId: 'approve-typed',
  block: 'cluster',
  action: 'approve-typed.cluster',
} as const;

const ApproveData = z.strictObject({
  channel: ChannelId,
  run: RunId,
  digest: PlanDigest,
  cluster: ClusterName,
});
type ApproveData = z.infer<typeof ApproveData>;

export async function openApprove(
  inbound: Inbound,
  place: Place,
  triggerId: string,
  run: Run,
): Promise<void> {
  const data: ApproveData = {
    channel: place.channel,
    run: run.id,
    digest: run.plan.digest,
    cluster: run.cluster,
  };
  const opened = await inbound.messenger.openView(triggerId, modal(run, data, inbound.clock.now()));
  if (!('error' in opened)) return;
  inbound.log.warn({ error: opened.error, run: run.id }, 'the form for an approval could not be opened');
  return answer(
    inbound,
    place,
    'Slack did not let me ask you for the cluster’s name, so your approval is not counted. Please press Approve again.',
  );
}

function modal(run: Run, data: ApproveData, now: number): ModalView {
  const { purpose } = run.plan;
  const loss = purpose.kind === 'rollback' ? purpose.verdict.loss : undefined;
  return {
    type: 'modal',
    callback_id: approveView.callbackId,
    private_metadata: JSON.stringify(data),
    title: plain('Data will be lost', limits.viewTitle),
    close: plain('Back', limits.viewTitle),
    submit: plain('Approve', limits.viewTitle),
    blocks: [
      section(
        `*${run.cluster}* goes back to the etcd snapshot from before the upgrade. Its API is away for some minutes; what was ` +
          'written since is gone from the cluster, and stays only in the data directories that are set aside.',
      ),
      ...(loss === undefined ? [] : [section(lossText(loss, now))]),
      {
        type: 'input',
        block_id: approveView.block,
        label: plain(`Type the name of the cluster to approve`, 2_000),
        element: {
          type: 'plain_text_input',
          action_id: approveView.action,
          max_length: 60,
          placeholder: plain('The name as it stands above', 150),
        },
      },
    ],
  };
}

/** What was typed, if it is the cluster's name; else what is wrong. Quick and pure: part of the acknowledgement. */
export function readApprove(payload: ViewSubmissionPayload): ApproveData | { error: string } {
  const data = metadataOf(ApproveData, payload.view.private_metadata);
  if (data === undefined) return { error: formIsOld };
  const typed = payload.view.state.values[approveView.block]?.[approveView.action]?.value?.trim() ?? '';
  return typed === data.cluster
    ? data
    : { error: `That is not the name. Type ${data.cluster} if this is the cluster that you mean.` };
}

/** Counts the approval. Called after the acknowledgement. */
export async function onApprove(
  inbound: Inbound,
  payload: ViewSubmissionPayload,
  { channel, run, digest }: ApproveData,
): Promise<void> {
  const place = await admitForm(inbound, payload, channel);
  if (place === undefined) return;
  const outcome = await inbound.useCases.approve({
    user: place.user,
    channel,
    run,
    digest,
    typedName: true,
  });
  return answer(inbound, place, approveAnswer(outcome, inbound.clock.now()));
}
