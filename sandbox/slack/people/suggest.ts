import { isObject } from '../limits/problem.ts';
import type { SocketHub } from '../socket/hub.ts';
import type { User } from '../state/model.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { interactivePayload } from './payload.ts';
import type { Where } from './surface.ts';
import { findSurface } from './surface.ts';

export interface Suggestion {
  readonly label: string;
  readonly value: string;
}

/** Asks the app for the options of an external select while a user types; nothing if it does not answer. */
export async function suggest(
  request: { user: User; where: Where; actionId: string; blockId: string; value: string },
  state: WorkspaceState,
  hub: SocketHub,
): Promise<Suggestion[]> {
  const { fields } = findSurface(request.where, request.user, state);
  const delivery = await hub.deliver({
    type: 'interactive',
    payload: {
      ...interactivePayload('block_suggestion', request.user, state),
      ...fields,
      action_id: request.actionId,
      block_id: request.blockId,
      value: request.value,
    },
  });
  if (delivery.status !== 'acked') return [];
  const { options, option_groups: groups } = delivery.payload;
  const grouped = Array.isArray(groups)
    ? groups.flatMap((group) => (isObject(group) && Array.isArray(group.options) ? group.options : []))
    : [];
  return [...(Array.isArray(options) ? options : []), ...grouped].flatMap((option) => {
    if (!isObject(option) || typeof option.value !== 'string' || !isObject(option.text)) return [];
    return [{ value: option.value, label: String(option.text.text) }];
  });
}
