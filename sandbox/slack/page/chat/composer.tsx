import { useId, useRef, useState } from 'preact/hooks';

import { api } from '../live/api.ts';
import type { PageState } from '../live/store.ts';
import { say } from '../live/surface.ts';
import { Icon } from '../parts/icon.tsx';
import type { Hint } from './hints.ts';
import { hintsFor, usageOf } from './hints.ts';

interface Props {
  readonly channel: string;
  readonly label: string;
  readonly state: PageState;
  readonly threadTs?: string;
}

/**
 * Where one types. Enter sends, Shift and Enter break the line. A slash lists the commands, @ and # list names; the
 * arrow keys go through such a list, Tab or Enter take one, Escape closes it.
 */
export function Composer({ channel, label, state, threadTs }: Props) {
  const [text, setText] = useState('');
  const [marked, setMarked] = useState(0);
  const [dismissed, setDismissed] = useState(false);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const hints = dismissed ? [] : hintsFor(text, state);
  const usage = usageOf(text, state);

  const change = (next: string): void => {
    setText(next);
    setMarked(0);
    setDismissed(false);
  };
  const take = (hint: Hint): void => {
    change(hint.text);
    field.current?.focus();
  };
  const send = async (): Promise<void> => {
    const line = text.trim();
    if (line === '' || busy) return;
    change('');
    setBusy(line.startsWith('/'));
    try {
      if (line.startsWith('/')) await api.command(state.as, channel, line, threadTs !== undefined);
      else await api.say(state.as, channel, line, threadTs);
    } catch (error) {
      say(error);
      change(line);
    }
    setBusy(false);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const hint = hints[marked];
    if (hint !== undefined && (event.key === 'ArrowDown' || event.key === 'ArrowUp') && !event.altKey) {
      event.preventDefault();
      setMarked((marked + (event.key === 'ArrowDown' ? 1 : hints.length - 1)) % hints.length);
    } else if (
      hint !== undefined &&
      (event.key === 'Tab' || event.key === 'Enter') &&
      hint.text.trim() !== text
    ) {
      event.preventDefault();
      take(hint);
    } else if (hint !== undefined && event.key === 'Escape') {
      event.stopPropagation();
      setDismissed(true);
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void send();
    }
  };

  return (
    <div class="composer">
      {hints.length > 0 && (
        <ul class="hints" id={listId} role="listbox" aria-label="Suggestions">
          {hints.map((hint, at) => (
            <li
              key={hint.label}
              id={`${listId}-${at}`}
              role="option"
              aria-selected={at === marked}
              onMouseDown={(event) => {
                event.preventDefault();
                take(hint);
              }}
            >
              <span class="hint-label">{hint.label}</span>
              <span class="hint-usage">{hint.usage}</span>
              <span class="hint-detail">{hint.detail}</span>
            </li>
          ))}
        </ul>
      )}
      <div class="composer-field">
        <textarea
          ref={field}
          id={threadTs === undefined ? 'composer' : undefined}
          rows={1}
          value={text}
          placeholder={label}
          aria-label={label}
          aria-autocomplete="list"
          aria-controls={listId}
          aria-activedescendant={hints.length > 0 ? `${listId}-${marked}` : undefined}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onFocus={() => setDismissed(false)}
          onBlur={() => setDismissed(true)}
        />
        <button
          type="button"
          class="send"
          aria-label="Send"
          aria-busy={busy}
          disabled={text.trim() === ''}
          onClick={() => void send()}
        >
          <Icon name="send" />
        </button>
      </div>
      <p class="composer-foot">
        {usage === undefined && threadTs !== undefined ? (
          <>
            <kbd>Enter</kbd> send · <kbd>Esc</kbd> close the thread
          </>
        ) : usage === undefined ? (
          <>
            <kbd>/</kbd> commands · <kbd>Enter</kbd> send · <kbd>Alt ↑ ↓</kbd> channels
          </>
        ) : (
          <code>{usage}</code>
        )}
      </p>
    </div>
  );
}
