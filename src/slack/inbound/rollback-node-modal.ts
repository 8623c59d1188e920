import type { ModalView, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { ChannelId, NodeName, RunId } from '../../domain/names.ts';
import { type Run, touchedNodes } from '../../domain/run.ts';
import { limits, plain, section } from '../blocks/elements.ts';
import { route } from '../projection/title.ts';
import { count } from '../text/fold.ts';
import { code } from '../text/untrusted.ts';
import { admitForm } from './admit.ts';
import { answer, type Place } from './answer.ts';
import type { Inbound } from './deps.ts';
import { formIsOld, metadataOf } from './form-data.ts';
import type { ViewSubmissionPayload } from './payloads.ts';
import { askForRollback } from './rollback.ts';

/** The form in which one node is chosen to go back. */
export const rollbackNodeView = {
  callbackId: 'rollback-node',
  block: 'node',
  action: 'rollback-node.node',
} as const;

/** Slack: a static_select takes 100 options. */
const mostOptions = 100;

const NodeData = z.strictObject({ channel: ChannelId, run: RunId });
type NodeWish = z.infer<typeof NodeData> & { node: NodeName };

export async function openRollbackNode(
  inbound: Inbound,
  place: Place,
  triggerId: string,
  id: RunId,
): Promise<void> {
  const run = await inbound.useCases.run(id);
  const nodes = run === undefined ? [] : touchedNodes(run);
  if (run === undefined || nodes.length === 0) {
    return answer(inbound, place, `Run ${code(id)} touched no node, so there is none to take back.`);
  }
  const opened = await inbound.messenger.openView(triggerId, modal(place.channel, run, nodes));
  if (!('error' in opened)) return;
  inbound.log.warn({ error: opened.error, run: id }, 'the form for a node could not be opened');
  const line = `/k8s-rollback ${id} node ${nodes[0] ?? ''}`;
  return answer(inbound, place, `Slack did not let me ask you which one. Say it in a line: ${code(line)}`);
}

function modal(channel: ChannelId, run: Run, nodes: readonly NodeName[]): ModalView {
  const shown = nodes.slice(0, mostOptions);
  const hidden = nodes.length - shown.length;
  const more =
    hidden > 0
      ? ` ${count(hidden, 'more')} can be named in a line: ${code(`/k8s-rollback ${run.id} node NAME`)}.`
      : '';
  return {
    type: 'modal',
    callback_id: rollbackNodeView.callbackId,
    private_metadata: JSON.stringify({ channel, run: run.id }),
    title: plain('Take one node back', limits.viewTitle),
    close: plain('Back', limits.viewTitle),
    submit: plain('Plan it', limits.viewTitle),
    blocks: [
      section(
        `One node of *${route(run)}* goes back, the others stay. People have to approve the plan before anything is done.${more}`,
      ),
      {
        type: 'input',
        block_id: rollbackNodeView.block,
        label: plain('Which node?', 2_000),
        element: {
          type: 'static_select',
          action_id: rollbackNodeView.action,
          options: shown.map(
            (node): PlainTextOption => ({ text: plain(node, 75), value: node.slice(0, 150) }),
          ),
        },
      },
    ],
  };
}

/** The chosen node, or what is wrong with the form. */
export function readRollbackNode(payload: ViewSubmissionPayload): NodeWish | { error: string } {
  const chosen =
    payload.view.state.values[rollbackNodeView.block]?.[rollbackNodeView.action]?.selected_option;
  const node = NodeName.safeParse(chosen?.value).data;
  if (node === undefined) return { error: 'Choose a node.' };
  const data = metadataOf(NodeData, payload.view.private_metadata);
  return data === undefined ? { error: formIsOld } : { ...data, node };
}

/** Plans taking the chosen node back. Called after the acknowledgement. */
export async function onRollbackNode(
  inbound: Inbound,
  payload: ViewSubmissionPayload,
  { channel, run, node }: NodeWish,
): Promise<void> {
  const place = await admitForm(inbound, payload, channel);
  if (place === undefined) return;
  return askForRollback(inbound, place, { of: { run }, scope: { kind: 'nodes', nodes: [node] } });
}
