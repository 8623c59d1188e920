import { api } from './api.ts';
import type { Place, Side } from './store.ts';
import { getState, setState } from './store.ts';
import { readAll, readConversation, readPanels } from './sync.ts';

/** Whom one acts as and what is open, kept in the address so that it survives a reload and can be linked to. */
export function restore(): Promise<void> {
  const { pathname, searchParams } = new URL(window.location.href);
  setState({ as: searchParams.get('as') ?? 'dana' });
  const link = /^\/archives\/([A-Z0-9]+)(?:\/p(\d{10})(\d{6}))?$/.exec(pathname);
  return readAll().then(() => {
    if (link?.[1] !== undefined) {
      const ts = link[2] === undefined ? undefined : `${link[2]}.${link[3]}`;
      return openMessage(link[1], ts, searchParams.get('thread_ts') ?? undefined);
    }
    if (searchParams.get('at') === 'home') return openHome();
    const { workspace } = getState();
    const wanted = searchParams.get('at');
    const channel =
      workspace?.channels.find((candidate) => candidate.name === wanted) ??
      workspace?.channels.find((candidate) => candidate.kind !== 'im');
    const side = sideFrom(searchParams);
    if (side.kind === 'sandbox') void readPanels();
    return channel === undefined ? openHome() : open({ kind: 'channel', id: channel.id }, side);
  });
}

export async function openChannel(id: string): Promise<void> {
  await open({ kind: 'channel', id }, closedThread());
}

export async function openHome(): Promise<void> {
  const { as } = getState();
  await open({ kind: 'home' }, closedThread());
  await api.home(as);
}

export async function openMessage(
  channel: string,
  ts: string | undefined,
  thread: string | undefined,
): Promise<void> {
  const side: Side = thread === undefined ? closedThread() : { kind: 'thread', ts: thread };
  await open({ kind: 'channel', id: channel }, side);
  setState({ pointedOut: ts });
}

export function openSide(side: Side): void {
  setState({ side });
  if (side.kind === 'sandbox') void readPanels();
  remember();
}

export async function actAs(handle: string): Promise<void> {
  const { place } = getState();
  setState({
    as: handle,
    conversation: undefined,
    views: { modals: [], home: undefined },
    unread: new Set(),
  });
  await readAll();
  const { workspace } = getState();
  const stays = place.kind === 'home' || workspace?.channels.some((channel) => channel.id === place.id);
  const first = workspace?.channels[0];
  if (stays !== true && first !== undefined) await openChannel(first.id);
  else if (place.kind === 'home') await api.home(handle);
  remember();
}

async function open(place: Place, side: Side): Promise<void> {
  const unread = new Set(getState().unread);
  if (place.kind === 'channel') unread.delete(place.id);
  setState({ place, side, unread, conversation: undefined, pointedOut: undefined });
  remember();
  await readConversation();
}

/** A thread belongs to its channel; the Sandbox panel stays wherever one goes. */
function closedThread(): Side {
  const { side } = getState();
  return side.kind === 'thread' ? { kind: 'none' } : side;
}

function sideFrom(params: URLSearchParams): Side {
  const side = params.get('side');
  if (side === null) return { kind: 'none' };
  return side === 'sandbox' ? { kind: 'sandbox' } : { kind: 'thread', ts: side };
}

function remember(): void {
  const { as, place, side, workspace } = getState();
  const params = new URLSearchParams({ as });
  const name =
    place.kind === 'home'
      ? 'home'
      : (workspace?.channels.find((channel) => channel.id === place.id)?.name ?? place.id);
  params.set('at', name);
  if (side.kind === 'sandbox') params.set('side', 'sandbox');
  if (side.kind === 'thread') params.set('side', side.ts);
  window.history.replaceState(undefined, '', `/?${params}`);
}
