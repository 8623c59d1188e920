import type { ShownFile, ShownMessage } from '../../control/shown.ts';
import { Blocks } from '../blocks/block.tsx';
import type { PageState } from '../live/store.ts';
import { clockTime, personById } from '../live/use-page.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Icon } from '../parts/icon.tsx';
import { Emoji, Mrkdwn } from '../parts/mrkdwn.tsx';

interface Props {
  readonly message: ShownMessage;
  readonly state: PageState;
  /** Under the name of the message before. */
  readonly grouped?: boolean;
  readonly onThread?: ((ts: string) => void) | undefined;
}

export function MessageView({ message, state, grouped = false, onThread }: Props) {
  const author = personById(state, message.author);
  const name = author?.handle ?? message.author;
  const marks = [
    message.ephemeral ? 'message-ephemeral' : '',
    message.broadcast ? 'message-broadcast' : '',
    grouped ? 'message-grouped' : '',
    state.pointedOut === message.ts ? 'message-pointed' : '',
  ];
  return (
    <article
      id={`message-${message.ts}`}
      class={`message ${marks.join(' ')}`}
      aria-label={`${name}, ${clockTime(message.ts, state)}`}
    >
      <div class="message-side">
        {grouped ? (
          <span class="message-time-side">{clockTime(message.ts, state)}</span>
        ) : (
          <Avatar person={author} />
        )}
      </div>
      <div class="message-main">
        {message.ephemeral && (
          <p class="message-note">
            <Icon name="eye" /> Only visible to you
          </p>
        )}
        {message.broadcast && (
          <p class="message-note">
            <Icon name="reply" />
            {onThread === undefined ? (
              'also sent to the channel'
            ) : (
              <button type="button" class="link" onClick={() => onThread(message.threadTs ?? message.ts)}>
                from a thread
              </button>
            )}
          </p>
        )}
        {message.pinned && (
          <p class="message-note">
            <Icon name="pin" /> Pinned
          </p>
        )}
        {!grouped && (
          <header class="message-head">
            <strong>{name}</strong>
            {author?.kind === 'bot' && <span class="tag">app</span>}
            {(author?.kind === 'guest' || author?.kind === 'stranger') && (
              <span class="tag">{author.role}</span>
            )}
            <time>{clockTime(message.ts, state)}</time>
            {message.edited && <span class="edited">edited</span>}
          </header>
        )}
        <Body message={message} state={state} />
        <Thread message={message} state={state} onThread={onThread} />
      </div>
      {onThread !== undefined && !message.ephemeral && (
        <div class="message-tools">
          <button
            type="button"
            class="icon-button"
            aria-label={`Reply to ${name} in a thread`}
            onClick={() => onThread(message.threadTs ?? message.ts)}
          >
            <Icon name="reply" />
          </button>
        </div>
      )}
    </article>
  );
}

function Body({ message, state }: { message: ShownMessage; state: PageState }) {
  const { blocks, text, channel, ts } = message;
  const surface = { state, where: { kind: 'message', channel, ts } as const, values: {}, errors: {} };
  return (
    <div class={message.tombstone ? 'message-body message-gone' : 'message-body'}>
      {blocks === undefined ? (
        text !== '' && <Mrkdwn text={text} state={state} />
      ) : (
        <Blocks blocks={blocks} surface={surface} />
      )}
      {message.files.map((file) => (
        <FileCard key={file.id} file={file} />
      ))}
      {message.warning !== undefined && (
        <p class="warning" role="alert">
          <Icon name="alert" />
          {message.warning}
        </p>
      )}
      {message.reactions.length > 0 && (
        <p class="reactions">
          {message.reactions.map(({ name, users }) => (
            <span key={name} class="reaction">
              <Emoji name={name} /> {users.length}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

function FileCard({ file }: { file: ShownFile }) {
  return (
    <a class="file" href={file.path} download={file.name}>
      <Icon name="file" />
      <span>
        <strong>{file.title}</strong>
        <small>
          {file.name}, {file.size < 1024 ? `${file.size} bytes` : `${(file.size / 1024).toFixed(1)} kB`}
        </small>
      </span>
    </a>
  );
}

function Thread({ message, state, onThread }: Props) {
  if (message.replyCount === 0 || onThread === undefined || message.threadTs !== undefined) return null;
  const count = message.replyCount === 1 ? '1 reply' : `${message.replyCount} replies`;
  return (
    <button type="button" class="thread-link" onClick={() => onThread(message.ts)}>
      {message.replyPeople.slice(0, 4).map((id) => (
        <Avatar key={id} person={personById(state, id)} small />
      ))}
      <span class="thread-count">{count}</span>
      {message.latestReply !== undefined && (
        <span class="thread-latest">last at {clockTime(message.latestReply, state)}</span>
      )}
    </button>
  );
}
