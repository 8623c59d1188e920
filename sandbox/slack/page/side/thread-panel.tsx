import { useEffect, useRef } from 'preact/hooks';

import { Composer } from '../chat/composer.tsx';
import { MessageList } from '../chat/message-list.tsx';
import { openSide } from '../live/navigate.ts';
import type { PageState } from '../live/store.ts';
import { me } from '../live/use-page.ts';
import { Icon } from '../parts/icon.tsx';

/** A thread beside its channel. Escape closes it. */
export function ThreadPanel({ state, ts }: { state: PageState; ts: string }) {
  const { conversation } = state;
  const parent = conversation?.messages.find((message) => message.ts === ts);
  const close = (): void => openSide({ kind: 'none' });
  const closer = useRef<HTMLButtonElement>(null);
  useEffect(() => closer.current?.focus(), [ts]);
  const inside = conversation?.channel.members.includes(me(state)?.id ?? '') ?? false;
  return (
    <aside
      class="side"
      aria-label="Thread"
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <header class="bar">
        <div class="bar-title">
          <h2>Thread</h2>
          <span class="bar-topic">{conversation === undefined ? '' : `#${conversation.channel.name}`}</span>
        </div>
        <button ref={closer} type="button" class="icon-button" aria-label="Close the thread" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {parent === undefined ? (
        <p class="empty">This message is not here any more.</p>
      ) : (
        <MessageList key={ts} head={parent} messages={parent.replies} state={state} empty="No replies yet." />
      )}
      {conversation !== undefined && parent !== undefined && inside && (
        <Composer channel={conversation.channel.id} threadTs={ts} label="Reply…" state={state} />
      )}
    </aside>
  );
}
