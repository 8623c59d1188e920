import { useEffect, useState } from 'preact/hooks';
import type { ShownPerson } from '../../control/shown.ts';
import { formatDate } from '../../mrkdwn/date.ts';
import type { PageState } from './store.ts';
import { getState, subscribe } from './store.ts';

/** The page's state, drawn again whenever it changes. */
export function usePage(): PageState {
  const [state, set] = useState(getState());
  useEffect(() => subscribe(() => set(getState())), []);
  return state;
}

export function personById({ workspace }: PageState, id: string): ShownPerson | undefined {
  return workspace?.people.find((person) => person.id === id);
}

export function me({ workspace, as }: PageState): ShownPerson | undefined {
  return workspace?.people.find((person) => person.handle === as);
}

export function timeZone(state: PageState): string {
  return me(state)?.timeZone ?? 'UTC';
}

/** The time of a message, in the zone of the person one acts as. */
export function clockTime(ts: string, state: PageState): string {
  return formatDate('{time}', Number(ts), timeZone(state));
}

export function dayOf(ts: string, state: PageState): string {
  return formatDate('{date_long_pretty}', Number(ts), timeZone(state));
}
