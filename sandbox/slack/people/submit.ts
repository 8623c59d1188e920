import { isObject } from '../limits/problem.ts';
import type { Delivery, SocketHub } from '../socket/hub.ts';
import type { OpenView, User } from '../state/model.ts';
import { places } from '../state/view-values.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { acceptView } from '../web-api/accept-blocks.ts';
import { slackView } from '../web-api/represent.ts';
import { tellUnanswered } from './act.ts';
import type { Choice } from './choose.ts';
import { stateValue } from './choose.ts';
import { incomplete } from './complete.ts';
import { interactivePayload } from './payload.ts';
import { PersonError } from './person-error.ts';
import { openModal } from './surface.ts';

/** Keyed by block_id, by action_id, or by `block_id/action_id` where those are not enough. */
export type Answers = Readonly<Record<string, Choice>>;

/** `incomplete`: the client did not let the modal go; `refused`: the app answered with errors. */
export type SubmitOutcome =
  | Delivery
  | { readonly status: 'incomplete' | 'refused'; readonly errors: Readonly<Record<string, string>> };

/** Fills the modal on top and submits it. */
export async function submit(
  user: User,
  answers: Answers,
  viewId: string | undefined,
  state: WorkspaceState,
  hub: SocketHub,
): Promise<SubmitOutcome> {
  const view = openModal(viewId, user, state);
  if (view.submit === undefined) throw new PersonError('no_submit', 'the modal has no submit button');
  fill(view, answers, state);
  view.errors = incomplete(view);
  state.views.changed(view);
  if (Object.keys(view.errors).length > 0) return { status: 'incomplete', errors: view.errors };
  const delivery = await hub.deliver({
    type: 'interactive',
    payload: {
      ...interactivePayload('view_submission', user, state),
      trigger_id: state.triggers.issue(user.id, view.id),
      view: slackView(view, state),
      response_urls: [],
    },
  });
  if (delivery.status !== 'acked') {
    tellUnanswered(delivery, { user, where: { kind: 'modal' } }, { view, target: undefined }, state);
    return delivery;
  }
  const problem = follow(delivery.payload, view, user, state);
  if (problem !== undefined) {
    state.notices.tell(user.id, 'bad_response', `We had some trouble connecting. Try again? (${problem})`, {
      kind: 'view',
      view: view.id,
    });
  }
  const refused = Object.keys(view.errors).length > 0;
  return refused ? { status: 'refused', errors: view.errors } : delivery;
}

/** Puts answers into a modal's inputs without submitting it. */
export function fill(view: OpenView, answers: Answers, state: WorkspaceState): void {
  const all = places(view.blocks);
  for (const [key, choice] of Object.entries(answers)) {
    const found = all.filter((p) => [p.blockId, p.actionId, `${p.blockId}/${p.actionId}`].includes(key));
    const [place] = found;
    if (place === undefined || found.length > 1) {
      const offered = all.map((p) => `${p.blockId}/${p.actionId}`).join(', ');
      throw new PersonError('no_such_element', `${key} names ${found.length} inputs; offered: ${offered}`);
    }
    const value = stateValue(place.element, choice, state.directory);
    view.values = {
      ...view.values,
      [place.blockId]: { ...view.values[place.blockId], [place.actionId]: value },
    };
  }
}

/** Does what the acknowledgement says. @returns what was wrong with it, if anything. */
function follow(
  payload: Record<string, unknown>,
  view: OpenView,
  user: User,
  state: WorkspaceState,
): string | undefined {
  switch (payload.response_action) {
    case undefined:
      state.views.close(view);
      return undefined;
    case 'clear':
      state.views.clear(user.id);
      return undefined;
    case 'errors':
      return showErrors(payload.errors, view, state);
    case 'update':
    case 'push': {
      const accepted = acceptView(payload.view, 'modal', state.faults.withheldBlocks);
      if (!accepted.ok)
        return accepted.problems.map(({ message, pointer }) => `${message} ${pointer}`).join('; ');
      if (payload.response_action === 'update') state.views.update(view, accepted.value);
      else if (state.views.push(user.id, accepted.value) === undefined) return 'push_limit_reached';
      return undefined;
    }
    default:
      return `unknown response_action ${String(payload.response_action)}`;
  }
}

function showErrors(errors: unknown, view: OpenView, state: WorkspaceState): string | undefined {
  const inputs = new Set(
    view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id),
  );
  if (!isObject(errors) || Object.keys(errors).length === 0) return 'errors are missing';
  const unknown = Object.keys(errors).filter((blockId) => !inputs.has(blockId));
  if (unknown.length > 0) return `errors for blocks that are no inputs: ${unknown.join(', ')}`;
  view.errors = Object.fromEntries(Object.entries(errors).map(([id, text]) => [id, String(text)]));
  state.views.changed(view);
  return undefined;
}

/** Closes the modal on top, or with clear_on_close the whole stack, and tells the app if it asked for that. */
export async function closeModal(
  user: User,
  viewId: string | undefined,
  state: WorkspaceState,
  hub: SocketHub,
): Promise<void> {
  const top = openModal(viewId, user, state);
  const closed = top.clearOnClose ? state.views.stack(user.id).toReversed() : [top];
  for (const view of closed) state.views.close(view);
  const told = closed.filter((view) => view.notifyOnClose);
  await Promise.all(
    told.map((view) =>
      hub.deliver({
        type: 'interactive',
        payload: {
          ...interactivePayload('view_closed', user, state),
          view: slackView(view, state),
          is_cleared: closed.length > 1,
        },
      }),
    ),
  );
}
