import type { Delivery, SocketHub } from '../socket/hub.ts';
import type { StateValue, StateValues, User } from '../state/model.ts';
import type { ResponseTarget } from '../state/response-urls.ts';
import type { Element, Place } from '../state/view-values.ts';
import { places } from '../state/view-values.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import type { Choice } from './choose.ts';
import { stateValue } from './choose.ts';
import { interactivePayload } from './payload.ts';
import { PersonError } from './person-error.ts';
import type { Surface, Where } from './surface.ts';
import { findSurface } from './surface.ts';

export interface Act {
  readonly user: User;
  readonly where: Where;
  readonly actionId: string;
  /** Needed only where the same action_id stands in several blocks. */
  readonly blockId?: string | undefined;
  /** What is chosen or typed; nothing for buttons. */
  readonly choice?: Choice | undefined;
  /** The answer to the element's confirm dialog. */
  readonly confirm?: boolean | undefined;
}

/** `declined`: the confirm dialog was answered with no. `kept`: an input took the value, Slack sends nothing yet. */
export type ActOutcome = Delivery | { readonly status: 'declined' } | { readonly status: 'kept' };

/**
 * Uses an interactive element of a message, a modal or the Home tab.
 * @throws PersonError no_such_element, no_such_option, confirm_needed, confirm_absent …
 */
export async function act(
  request: Act,
  state: WorkspaceState,
  hub: SocketHub,
  responseUrl: (target: ResponseTarget) => string,
): Promise<ActOutcome> {
  const { user, where } = request;
  const surface = findSurface(where, user, state);
  const place = findPlace(surface, request);
  if (!confirmed(place.element, request)) return { status: 'declined' };
  const { element, blockId, actionId } = place;
  const value =
    element.type === 'button' ? undefined : stateValue(element, request.choice ?? '', state.directory);
  const values = withValue(surface.values, place, value);
  if (surface.view !== undefined) {
    surface.view.values = values;
    state.views.changed(surface.view);
  }
  if (place.input !== undefined && !place.input.dispatches) return { status: 'kept' };
  if (!state.app.interactivity) throw new PersonError('interactivity_off', 'the app has no interactivity');
  const delivery = await hub.deliver({
    type: 'interactive',
    payload: {
      ...interactivePayload('block_actions', user, state),
      ...findSurface(where, user, state).fields,
      trigger_id: state.triggers.issue(user.id, surface.view?.id),
      ...(surface.target === undefined ? {} : { response_url: responseUrl(surface.target) }),
      ...(surface.view?.type === 'modal' ? {} : { state: { values } }),
      actions: [
        {
          action_id: actionId,
          block_id: blockId,
          action_ts: (state.clock.now() / 1000).toFixed(6),
          ...(value ?? buttonFields(element)),
        },
      ],
    },
  });
  if (delivery.status !== 'acked') tellUnanswered(delivery, request, surface, state);
  return delivery;
}

function findPlace(surface: Surface, { actionId, blockId }: Act): Place {
  const all = places(surface.blocks);
  const found = all.filter(
    (place) => place.actionId === actionId && (blockId === undefined || place.blockId === blockId),
  );
  const [place] = found;
  if (place === undefined) {
    const offered = all.map((candidate) => candidate.actionId).join(', ');
    throw new PersonError(
      'no_such_element',
      `there is no element ${actionId}; offered: ${offered || 'none'}`,
    );
  }
  if (found.length > 1) {
    throw new PersonError(
      'ambiguous_element',
      `${actionId} stands in ${found.length} blocks: name the block`,
    );
  }
  return place;
}

/** A confirm dialog must be answered, and an answer needs a dialog. */
function confirmed(element: Element, { confirm }: Act): boolean {
  if (element.confirm === undefined) {
    if (confirm !== undefined)
      throw new PersonError('confirm_absent', 'the element asks for no confirmation');
    return true;
  }
  if (confirm === undefined) {
    throw new PersonError('confirm_needed', 'the element asks for a confirmation', {
      dialog: element.confirm,
    });
  }
  return confirm;
}

function withValue(values: StateValues, place: Place, value: StateValue | undefined): StateValues {
  if (value === undefined || place.element.type === 'overflow') return values;
  return { ...values, [place.blockId]: { ...values[place.blockId], [place.actionId]: value } };
}

function buttonFields({ type, text, value, style, url }: Element): Record<string, unknown> {
  return {
    type,
    text,
    ...(value === undefined ? {} : { value }),
    ...(style === undefined ? {} : { style }),
    ...(url === undefined ? {} : { url }),
  };
}

/** Slack shows a small warning beside the element when the app does not answer. */
export function tellUnanswered(
  delivery: Delivery,
  { user, where }: Pick<Act, 'user' | 'where'>,
  surface: Pick<Surface, 'view' | 'target'>,
  { notices, app }: Pick<WorkspaceState, 'notices' | 'app'>,
): void {
  const code = delivery.status === 'no-socket' ? 'dispatch_failed' : 'operation_timeout';
  const text =
    delivery.status === 'no-socket'
      ? `${app.name} is not connected.`
      : `${app.name} did not respond in time.`;
  if (surface.target?.original !== undefined) {
    const { channel, original } = surface.target;
    notices.tell(user.id, code, text, { kind: 'message', channel, ts: original.ts });
  } else if (where.kind === 'home' || surface.view === undefined) {
    notices.tell(user.id, code, text, { kind: 'home' });
  } else {
    notices.tell(user.id, code, text, { kind: 'view', view: surface.view.id });
  }
}
