import type { ShownConversation, ShownViews, ShownWorkspace } from '../../control/shown.ts';
import type { ShownPanel } from './api.ts';

export type Place = { readonly kind: 'channel'; readonly id: string } | { readonly kind: 'home' };
export type Side =
  | { readonly kind: 'none' }
  | { readonly kind: 'thread'; readonly ts: string }
  | { readonly kind: 'sandbox' };

/** Everything the page shows. */
export interface PageState {
  /** The handle of the person one acts as. */
  readonly as: string;
  readonly place: Place;
  readonly side: Side;
  readonly workspace: ShownWorkspace | undefined;
  readonly conversation: ShownConversation | undefined;
  readonly views: ShownViews;
  readonly panels: readonly ShownPanel[];
  /** Channels with something new since they were last looked at. */
  readonly unread: ReadonlySet<string>;
  /** A message to point out, e.g. after following a permalink. */
  readonly pointedOut: string | undefined;
  /** Ephemeral messages from before the page was loaded are gone, as in any Slack client. */
  readonly loadedAt: string;
  readonly live: boolean;
  readonly toast: string | undefined;
}

let state: PageState = {
  as: 'dana',
  place: { kind: 'home' },
  side: { kind: 'none' },
  workspace: undefined,
  conversation: undefined,
  views: { modals: [], home: undefined },
  panels: [],
  unread: new Set(),
  pointedOut: undefined,
  loadedAt: (Date.now() / 1000).toFixed(6),
  live: false,
  toast: undefined,
};

const listeners = new Set<() => void>();

export function getState(): PageState {
  return state;
}

export function setState(change: Partial<PageState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

/** @returns the function that ends the subscription. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
