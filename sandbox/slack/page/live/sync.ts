import type { Change } from '../../state/changes.ts';
import { api } from './api.ts';
import { getState, setState } from './store.ts';

/** Reads the conversation that is open anew; at most one reading is under way, and the last wish wins. */
const conversation = coalesced(async () => {
  const { as, place } = getState();
  if (place.kind !== 'channel') return;
  const read = await api.conversation(as, place.id);
  const now = getState();
  if (now.as === as && now.place.kind === 'channel' && now.place.id === place.id) {
    const messages = read.messages.map((message) => ({
      ...message,
      replies: message.replies.filter((reply) => !reply.ephemeral || reply.ts > now.loadedAt),
    }));
    const kept = messages.filter((message) => !message.ephemeral || message.ts > now.loadedAt);
    setState({ conversation: { ...read, messages: kept } });
  }
});

const views = coalesced(async () => {
  const { as } = getState();
  const read = await api.views(as);
  if (getState().as === as) setState({ views: read });
});

const workspace = coalesced(async () => {
  const { as } = getState();
  const read = await api.workspace(as);
  if (getState().as === as) setState({ workspace: read });
});

export const readPanels = coalesced(async () => {
  const { panels } = await api.panels();
  setState({ panels });
});

export async function readAll(): Promise<void> {
  await workspace();
  await Promise.all([conversation(), views()]);
}

export { conversation as readConversation };

/** Follows the workspace's changes for as long as the page is open. */
export function follow(): void {
  const source = new EventSource('/changes');
  source.addEventListener('open', () => {
    setState({ live: true });
    void readAll();
  });
  source.addEventListener('error', () => setState({ live: false }));
  source.addEventListener('message', (event: MessageEvent<string>) => {
    apply(JSON.parse(event.data) as Change[]);
  });
}

function apply(changes: readonly Change[]): void {
  const { place, unread, workspace: known, as, side } = getState();
  const me = known?.people.find((person) => person.handle === as)?.id;
  const open = place.kind === 'channel' ? place.id : undefined;
  const fresh = new Set(unread);
  for (const change of changes) {
    if (change.kind === 'message' && change.channel !== open) fresh.add(change.channel);
  }
  if (fresh.size !== unread.size) setState({ unread: fresh });
  const some = (test: (change: Change) => boolean): boolean => changes.some(test);
  if (some((c) => (c.kind === 'message' && c.channel === open) || c.kind === 'notice')) void conversation();
  if (some((c) => (c.kind === 'views' || c.kind === 'notice') && c.user === me)) void views();
  if (some((c) => c.kind === 'channels' || c.kind === 'sockets')) void workspace();
  if (side.kind === 'sandbox' && some((c) => c.kind === 'faults' || c.kind === 'sockets')) void readPanels();
}

function coalesced(read: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const start = async (): Promise<void> => {
    do {
      again = false;
      try {
        await read();
      } catch (error) {
        setState({ toast: error instanceof Error ? error.message : String(error) });
      }
    } while (again);
    running = undefined;
  };
  return () => {
    again = running !== undefined;
    running ??= start();
    return running;
  };
}
