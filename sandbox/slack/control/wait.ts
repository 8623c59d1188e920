import { assertNever } from '../assert-never.ts';
import type { User } from '../state/model.ts';
import { places } from '../state/view-values.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import type { Awaited } from './requests.ts';
import { showConversation, showViews } from './show.ts';
import type { ShownMessage, ShownView } from './shown.ts';

export type Found = ShownMessage | ShownView | { readonly sockets: number } | Record<string, never>;

type Wanted = Readonly<{ text?: string | undefined; matches?: string | undefined }>;

/** What a user sees now that meets the condition: the newest such message, or view. */
export function findNow(
  wanted: Awaited,
  user: User,
  state: WorkspaceState,
  sockets: number,
): Found | undefined {
  switch (wanted.kind) {
    case 'message':
      return findMessage(wanted, user, state);
    case 'modal': {
      const top = showViews(user, state).modals.at(-1);
      const other = wanted.callbackId !== undefined && top?.callbackId !== wanted.callbackId;
      return top !== undefined && !other && saysSo(top.plain, wanted) ? top : undefined;
    }
    case 'home': {
      const { home } = showViews(user, state);
      return home !== undefined && saysSo(home.plain, wanted) ? home : undefined;
    }
    case 'no-modal':
      return showViews(user, state).modals.length === 0 ? {} : undefined;
    case 'sockets':
      return sockets === wanted.count ? { sockets } : undefined;
    default:
      return assertNever(wanted);
  }
}

function findMessage(
  wanted: Extract<Awaited, { kind: 'message' }>,
  user: User,
  state: WorkspaceState,
): ShownMessage | undefined {
  const channel = state.directory.findChannel(wanted.channel);
  if (channel === undefined) return undefined;
  const { messages } = showConversation(channel, user, state);
  const all = messages
    .filter((message) => message.threadTs === undefined || message.ephemeral)
    .flatMap((message) => [message, ...message.replies]);
  return all.findLast(
    (message) =>
      (wanted.threadTs === undefined || message.threadTs === wanted.threadTs) &&
      (wanted.ts === undefined || message.ts === wanted.ts) &&
      (wanted.after === undefined || message.ts > wanted.after) &&
      (wanted.ephemeral === undefined || message.ephemeral === wanted.ephemeral) &&
      (wanted.actionId === undefined ||
        places(message.blocks ?? []).some((place) => place.actionId === wanted.actionId)) &&
      saysSo(`${message.plain}\n${message.text}`, wanted),
  );
}

function saysSo(text: string, { text: part, matches }: Wanted): boolean {
  return (
    (part === undefined || text.includes(part)) &&
    (matches === undefined || new RegExp(matches, 'mu').test(text))
  );
}

/** Waits until `find` finds something, looking again at every change. @returns undefined at the deadline. */
export function waitFor<T>(
  find: () => T | undefined,
  timeoutMs: number,
  { changes }: Pick<WorkspaceState, 'changes'>,
  abort: AbortSignal,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const finish = (found: T | undefined): void => {
      clearTimeout(timer);
      unsubscribe();
      abort.removeEventListener('abort', onAbort);
      resolve(found);
    };
    const onAbort = (): void => finish(undefined);
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    const unsubscribe = changes.subscribe(() => {
      const found = find();
      if (found !== undefined) finish(found);
    });
    abort.addEventListener('abort', onAbort);
    const now = find();
    if (now !== undefined) finish(now);
  });
}
