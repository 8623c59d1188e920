import { useEffect, useRef } from 'preact/hooks';

import type { ShownMessage } from '../../control/shown.ts';
import type { PageState } from '../live/store.ts';
import { dayOf } from '../live/use-page.ts';
import { MessageView } from './message.tsx';

interface Props {
  readonly messages: readonly ShownMessage[];
  readonly state: PageState;
  readonly empty: string;
  /** The parent, above its replies; without days then, which belong to channels. */
  readonly head?: ShownMessage;
  readonly onThread?: (ts: string) => void;
}

/** Closer to the end than this, in pixels, the list follows new messages. */
const nearEnd = 120;
/** Messages of one author within so many seconds stand under one name. */
const groupSeconds = 300;

export function MessageList({ messages, state, empty, head, onThread }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const shown = frame.current;
    if (shown !== null && follows.current) shown.scrollTop = shown.scrollHeight;
  });
  useEffect(() => {
    if (state.pointedOut === undefined) return;
    const target = document.getElementById(`message-${state.pointedOut}`);
    if (target === null) return;
    follows.current = false;
    target.scrollIntoView({ block: 'center' });
  }, [state.pointedOut, messages.length]);

  return (
    <div
      ref={frame}
      class="messages"
      role="log"
      aria-label="Messages"
      aria-live="polite"
      // Reached by keyboard for scrolling.
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < nearEnd;
      }}
    >
      <div class="messages-end">
        {head !== undefined && (
          <>
            <MessageView message={head} state={state} />
            <p class="day">
              <span>{head.replyCount === 1 ? '1 reply' : `${head.replyCount} replies`}</span>
            </p>
          </>
        )}
        {messages.length === 0 && <p class="empty">{empty}</p>}
        {messages.map((message, at) => {
          const before = messages[at - 1];
          const newDay =
            head === undefined &&
            (before === undefined || dayOf(before.ts, state) !== dayOf(message.ts, state));
          return [
            newDay && (
              <p key={`day-${message.ts}`} class="day">
                <span>{dayOf(message.ts, state)}</span>
              </p>
            ),
            <MessageView
              key={message.ts}
              message={message}
              state={state}
              grouped={!newDay && belongsTo(message, before)}
              onThread={onThread}
            />,
          ];
        })}
      </div>
    </div>
  );
}

function belongsTo(message: ShownMessage, before: ShownMessage | undefined): boolean {
  return (
    before !== undefined &&
    before.author === message.author &&
    !message.ephemeral &&
    !before.ephemeral &&
    !message.broadcast &&
    before.replyCount === 0 &&
    before.blocks === undefined &&
    message.blocks === undefined &&
    Number(message.ts) - Number(before.ts) < groupSeconds
  );
}
