import { tier } from '../../limits/rate.ts';
import type { OpenView } from '../../state/model.ts';
import type { ViewContent } from '../../state/views.ts';
import type { WorkspaceState } from '../../state/workspace-state.ts';
import { acceptView } from '../accept-blocks.ts';
import { ApiError, argumentError, problemsError } from '../api-error.ts';
import type { Arguments } from '../arguments.ts';
import type { Methods } from '../method.ts';
import { slackView } from '../represent.ts';

export const viewMethods: Methods = {
  'views.open': { token: 'bot', scopes: [], limit: tier.four, run: open },
  'views.push': { token: 'bot', scopes: [], limit: tier.four, run: push },
  'views.update': { token: 'bot', scopes: [], limit: tier.four, run: update },
  'views.publish': { token: 'bot', scopes: [], limit: tier.four, run: publish },
};

function open(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const content = contentOf(args, 'modal', state);
  const { user } = exchange(args, state);
  return answer(state.views.open(user, content), state);
}

function push(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const content = contentOf(args, 'modal', state);
  const { user, inView } = exchange(args, state);
  const open = state.views.stack(user).some((view) => view.id === inView);
  if (!open) throw new ApiError('not_found');
  const view = state.views.push(user, content);
  if (view === undefined) throw new ApiError('push_limit_reached');
  return answer(view, state);
}

function update(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const id = args.text('view_id');
  const externalId = args.text('external_id');
  if (id === undefined && externalId === undefined) throw argumentError('missing required field: view_id');
  const reference = id === undefined ? { externalId: externalId ?? '' } : { id };
  const view = state.views.find(reference);
  if (view === undefined) throw new ApiError('not_found');
  const content = contentOf(args, view.type, state, view);
  checkHash(args, view);
  state.views.update(view, content);
  return answer(view, state);
}

function publish(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const user = state.directory.users.get(args.required('user_id'));
  if (user === undefined) throw new ApiError('user_not_found');
  if (!state.app.home) throw new ApiError('not_enabled');
  const known = state.views.home(user.id);
  const content = contentOf(args, 'home', state, known);
  if (known !== undefined) checkHash(args, known);
  return answer(state.views.publish(user.id, content), state);
}

function answer(view: OpenView, state: WorkspaceState): Record<string, unknown> {
  return { view: slackView(view, state) };
}

function contentOf(
  args: Arguments,
  type: OpenView['type'],
  state: WorkspaceState,
  replaced?: OpenView,
): ViewContent {
  const view = args.json('view', 'invalid_arguments');
  if (view === undefined) throw argumentError('missing required field: view');
  const accepted = acceptView(view, type, state.faults.withheldBlocks);
  if (!accepted.ok) throw problemsError(accepted.error, accepted.problems);
  const { externalId } = accepted.value;
  const other = externalId === '' ? undefined : state.views.find({ externalId });
  if (other !== undefined && other !== replaced) throw new ApiError('duplicate_external_id');
  return accepted.value;
}

/** A trigger is used up only once the view has been found right. */
function exchange(args: Arguments, state: WorkspaceState): { user: string; inView: string | undefined } {
  const exchanged = state.triggers.exchange(args.required('trigger_id'));
  if (!exchanged.ok) throw new ApiError(exchanged.error);
  return exchanged;
}

function checkHash(args: Arguments, view: OpenView): void {
  const hash = args.text('hash');
  if (hash !== undefined && hash !== view.hash) throw new ApiError('hash_conflict');
}
