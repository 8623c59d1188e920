import { useEffect } from 'preact/hooks';

import { Conversation } from './chat/conversation.tsx';
import { Home } from './chat/home.tsx';
import { Sidebar } from './chat/sidebar.tsx';
import { openChannel } from './live/navigate.ts';
import { getState, setState } from './live/store.ts';
import { usePage } from './live/use-page.ts';
import { ModalStack } from './modal/modal-stack.tsx';
import { Icon } from './parts/icon.tsx';
import { SandboxPanel } from './side/sandbox-panel.tsx';
import { ThreadPanel } from './side/thread-panel.tsx';

export function App() {
  const state = usePage();
  useEffect(() => {
    window.addEventListener('keydown', switchChannel);
    return () => window.removeEventListener('keydown', switchChannel);
  }, []);
  if (state.workspace === undefined) return <p class="loading">Opening the workspace…</p>;
  return (
    <div class="app" data-side={state.side.kind}>
      <a class="skip" href="#composer">
        Skip to the message field
      </a>
      <Sidebar state={state} />
      <main class="main">
        {state.place.kind === 'home' ? <Home state={state} /> : <Conversation state={state} />}
      </main>
      {state.side.kind === 'thread' && <ThreadPanel state={state} ts={state.side.ts} />}
      {state.side.kind === 'sandbox' && <SandboxPanel state={state} />}
      <ModalStack state={state} />
      {!state.live && (
        <p class="offline" role="status">
          The workspace does not answer. Trying again…
        </p>
      )}
      {state.toast !== undefined && (
        <div class="toast" role="alert">
          <span>{state.toast}</span>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => setState({ toast: undefined })}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}

/** Alt and the arrow keys go through the channels. */
function switchChannel(event: KeyboardEvent): void {
  if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
  event.preventDefault();
  const { workspace, place } = getState();
  const channels = workspace?.channels.filter((channel) => channel.kind !== 'im') ?? [];
  const at = channels.findIndex((channel) => place.kind === 'channel' && channel.id === place.id);
  const next = channels[(at + (event.key === 'ArrowDown' ? 1 : channels.length - 1)) % channels.length];
  if (next !== undefined) void openChannel(next.id);
}
