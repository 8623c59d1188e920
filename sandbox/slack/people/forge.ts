import type { Delivery, SocketHub } from '../socket/hub.ts';
import type { User } from '../state/model.ts';
import type { ResponseTarget } from '../state/response-urls.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { interactivePayload } from './payload.ts';
import type { Where } from './surface.ts';
import { findSurface } from './surface.ts';

export interface Forgery {
  readonly user: User;
  readonly where: Where;
  /** The action as the app shall see it, e.g. a button with a value that was never on the message. */
  readonly action: Record<string, unknown>;
  /** Payload fields to replace: another team, another channel …; null takes a field out. */
  readonly fields?: Record<string, unknown> | undefined;
}

/**
 * Sends a block_actions payload that no honest click would make. Slack would not pass it on; an app that trusts only
 * what it stored itself is not moved by it, and this is how to try.
 */
export function forge(
  { user, where, action, fields }: Forgery,
  state: WorkspaceState,
  hub: SocketHub,
  responseUrl: (target: ResponseTarget) => string,
): Promise<Delivery> {
  const surface = findSurface(where, user, state);
  const payload = {
    ...interactivePayload('block_actions', user, state),
    ...surface.fields,
    trigger_id: state.triggers.issue(user.id, surface.view?.id),
    ...(surface.target === undefined ? {} : { response_url: responseUrl(surface.target) }),
    state: { values: surface.values },
    actions: [
      { type: 'button', block_id: 'forged', action_ts: (state.clock.now() / 1000).toFixed(6), ...action },
    ],
    ...fields,
  };
  const kept = Object.entries(payload).filter(([name]) => fields?.[name] !== null);
  return hub.deliver({ type: 'interactive', payload: Object.fromEntries(kept) });
}
