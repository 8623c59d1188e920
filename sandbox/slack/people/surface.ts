import { assertNever } from '../assert-never.ts';
import type { Block, Message, OpenView, StateValues, User } from '../state/model.ts';
import type { ResponseTarget } from '../state/response-urls.ts';
import { initialValues } from '../state/view-values.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { slackMessage, slackView } from '../web-api/represent.ts';
import { channelName } from './payload.ts';
import { PersonError } from './person-error.ts';

/** Where a person acts. */
export type Where =
  | { readonly kind: 'message'; readonly channel: string; readonly ts: string }
  /** The modal on top, unless `view` names one below it. */
  | { readonly kind: 'modal'; readonly view?: string | undefined }
  | { readonly kind: 'home' };

/** The blocks that a person acts in, and what Slack says about the place. */
export interface Surface {
  readonly blocks: readonly Block[];
  readonly values: StateValues;
  /** Payload fields: container, and message with channel or view. */
  readonly fields: Record<string, unknown>;
  readonly view: OpenView | undefined;
  /** For messages: where the response_url writes. */
  readonly target: ResponseTarget | undefined;
}

/** @throws PersonError no_such_message or no_such_view. */
export function findSurface(where: Where, user: User, state: WorkspaceState): Surface {
  switch (where.kind) {
    case 'message':
      return messageSurface(where, user, state);
    case 'modal':
      return viewSurface(openModal(where.view, user, state), state);
    case 'home': {
      const view = state.views.home(user.id);
      if (view === undefined) throw new PersonError('no_such_view', `@${user.handle} has no Home view`);
      return viewSurface(view, state);
    }
    default:
      return assertNever(where);
  }
}

export function openModal(id: string | undefined, user: User, { views }: WorkspaceState): OpenView {
  const top = views.stack(user.id).at(-1);
  if (top === undefined) throw new PersonError('no_such_view', `@${user.handle} has no modal open`);
  if (id !== undefined && top.id !== id) {
    throw new PersonError('no_such_view', `the modal ${id} is not on top for @${user.handle}`);
  }
  return top;
}

function messageSurface(
  { channel: reference, ts }: { channel: string; ts: string },
  user: User,
  state: WorkspaceState,
): Surface {
  const channel = state.directory.findChannel(reference);
  if (channel === undefined || !channel.members.has(user.id)) {
    throw new PersonError('not_in_channel', `@${user.handle} is not in ${reference}`);
  }
  const message = visibleMessage(channel.id, ts, user, state);
  const ephemeral = message.onlyFor !== undefined;
  const container = {
    type: 'message',
    message_ts: ts,
    channel_id: channel.id,
    is_ephemeral: ephemeral,
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
  };
  return {
    blocks: message.blocks ?? [],
    values: initialValues(message.blocks ?? []),
    view: undefined,
    target: { user: user.id, channel: channel.id, original: { ts, ephemeral } },
    fields: {
      container,
      channel: { id: channel.id, name: channelName(channel) },
      ...(ephemeral ? {} : { message: slackMessage(message, state) }),
    },
  };
}

function visibleMessage(channel: string, ts: string, user: User, { messages }: WorkspaceState): Message {
  const ephemeral = messages.findEphemeral(channel, ts);
  const message = messages.find(channel, ts) ?? (ephemeral?.onlyFor === user.id ? ephemeral : undefined);
  if (message === undefined)
    throw new PersonError('no_such_message', `@${user.handle} sees no message ${ts}`);
  return message;
}

function viewSurface(view: OpenView, state: WorkspaceState): Surface {
  return {
    blocks: view.blocks,
    values: view.values,
    view,
    target: undefined,
    fields: {
      container: { type: 'view', view_id: view.id },
      view: slackView(view, state),
    },
  };
}
