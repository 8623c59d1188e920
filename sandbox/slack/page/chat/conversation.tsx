import { openSide } from '../live/navigate.ts';
import type { PageState } from '../live/store.ts';
import { me } from '../live/use-page.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';

/** A channel: its name, its messages, and where one types. */
export function Conversation({ state }: { state: PageState }) {
  const { conversation, workspace } = state;
  if (conversation === undefined || workspace === undefined) return <p class="loading">Reading…</p>;
  const { channel, messages } = conversation;
  const inside = channel.members.includes(me(state)?.id ?? '');
  const name = channel.kind === 'im' ? workspace.app.name : `#${channel.name}`;
  return (
    <section class="conversation" aria-label={name}>
      <header class="bar">
        <div class="bar-title">
          <h1>{name}</h1>
          {channel.shared !== 'no' && <span class="tag">shared with another company</span>}
          <span class="bar-topic">{channel.topic}</span>
        </div>
        <span class="bar-count">{channel.members.length} members</span>
      </header>
      <MessageList
        key={channel.id}
        messages={messages}
        state={state}
        empty="Nothing has been said here yet. Type / to see what the app can do."
        onThread={(ts) => openSide({ kind: 'thread', ts })}
      />
      {inside ? (
        <Composer channel={channel.id} label={`Message ${name}`} state={state} />
      ) : (
        <p class="outside">You see this channel, but you are not in it.</p>
      )}
    </section>
  );
}
