import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { ChannelId, Instant, RunId, StepKey } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { limits, plain, section } from '../blocks/elements.ts';
import { code } from '../text/untrusted.ts';
import { admitForm } from './admit.ts';
import { answer, type Place } from './answer.ts';
import { controlAnswer } from './control-answer.ts';
import type { Inbound } from './deps.ts';
import { formIsOld, metadataOf } from './form-data.ts';
import type { ViewSubmissionPayload } from './payloads.ts';

/** The form that asks why something is to be left out: whoever comes later wants to know. */
export const skipView = { callbackId: 'skip', block: 'reason', action: 'skip.reason' } as const;

/** Slack: an input takes 3,000 characters; a reason that long is read by nobody. */
const longestReason = 300;

/** What is to be left out. `since` names the wait of a step that stands still, `failedAt` the failure of one that does not. */
const SkipData = z.strictObject({
  channel: ChannelId,
  run: RunId,
  step: StepKey,
  since: Instant.optional(),
  failedAt: Instant.optional(),
});
type SkipData = z.infer<typeof SkipData>;

export async function openSkip(
  inbound: Inbound,
  place: Place,
  triggerId: string,
  what: { run: Run; step: StepKey; name: string; since?: Instant },
): Promise<void> {
  const { run, step, name, since } = what;
  const failedAt = run.steps.get(step)?.endedAt;
  const of = since ? { since } : failedAt ? { failedAt } : {};
  const data: SkipData = { channel: place.channel, run: run.id, step, ...of };
  const opened = await inbound.messenger.openView(triggerId, skipModal(run, name, data));
  if (!('error' in opened)) return;
  inbound.log.warn({ error: opened.error, run: run.id }, 'the form for a skip could not be opened');
  const line = `/k8s-upgrade skip ${run.id} why`;
  return answer(inbound, place, `Slack did not let me ask you why. Say it in a line: ${code(line)}`);
}

function skipModal(run: Run, name: string, data: SkipData): ModalView {
  return {
    type: 'modal',
    callback_id: skipView.callbackId,
    private_metadata: JSON.stringify(data),
    title: plain(`Skip ${name}`, limits.viewTitle),
    close: plain('Back', limits.viewTitle),
    submit: plain('Skip', limits.viewTitle),
    blocks: [
      section(
        `What is left of *${name}*’s turn is left out. It stays as it is now (cordoned, if it is), the run of ` +
          `${run.cluster} goes on with what comes next, and its last message names it.`,
      ),
      {
        type: 'input',
        block_id: skipView.block,
        label: plain('Why?', 2_000),
        hint: plain('Recorded with your name, and told in the thread.', 2_000),
        element: {
          type: 'plain_text_input',
          action_id: skipView.action,
          max_length: longestReason,
          placeholder: plain('Its owner drains it by hand tomorrow', 150),
        },
      },
    ],
  };
}

/** The reason, or what is wrong with the form. Quick and pure: its errors are part of the acknowledgement. */
export function readSkip(
  payload: ViewSubmissionPayload,
): (SkipData & { reason: string }) | { error: string } {
  const reason = payload.view.state.values[skipView.block]?.[skipView.action]?.value?.trim() ?? '';
  if (reason === '') return { error: 'Say why: whoever reads this later wants to know.' };
  const data = metadataOf(SkipData, payload.view.private_metadata);
  return data === undefined ? { error: formIsOld } : { ...data, reason: reason.slice(0, longestReason) };
}

/** Leaves out what the form was about. Called after the acknowledgement. */
export async function onSkip(
  inbound: Inbound,
  payload: ViewSubmissionPayload,
  { channel, run, step, since, failedAt, reason }: SkipData & { reason: string },
): Promise<void> {
  const place = await admitForm(inbound, payload, channel);
  if (place === undefined) return;
  const request = { user: place.user, channel, run, step };
  const outcome =
    since === undefined
      ? await inbound.useCases.decide({
          ...request,
          choice: 'skip',
          reason,
          ...(failedAt ? { failedAt } : {}),
        })
      : await inbound.useCases.answer({ ...request, since, wish: { kind: 'skip-node', reason } });
  await answer(inbound, place, controlAnswer('skip', outcome));
}
