import { useState } from 'preact/hooks';

import type { ShownChannel } from '../../control/shown.ts';
import { actAs, openChannel, openHome, openSide } from '../live/navigate.ts';
import type { PageState } from '../live/store.ts';
import { Avatar } from '../parts/avatar.tsx';
import type { IconName } from '../parts/icon.tsx';
import { Icon } from '../parts/icon.tsx';
import type { Theme } from '../parts/theme.ts';
import { applyTheme, storedTheme } from '../parts/theme.ts';

/** Channels, the app, and whom one acts as. */
export function Sidebar({ state }: { state: PageState }) {
  const { workspace, place } = state;
  if (workspace === undefined) return null;
  const channels = workspace.channels.filter((channel) => channel.kind !== 'im');
  const direct = workspace.channels.filter((channel) => channel.kind === 'im' && isMine(channel, state));
  const app = workspace.people.find((person) => person.kind === 'bot' && person.id !== 'USLACKBOT');
  const connected = workspace.sockets > 0;
  return (
    <nav class="sidebar" aria-label="Workspace">
      <header class="sidebar-head">
        <strong>{workspace.team.name}</strong>
        <span class={connected ? 'presence presence-on' : 'presence'}>
          {connected ? 'app connected' : 'app not connected'}
        </span>
      </header>
      <div class="sidebar-scroll">
        <h2 class="sidebar-title">App</h2>
        <ul class="places">
          <li>
            <button
              type="button"
              class="place"
              aria-current={place.kind === 'home' ? 'page' : undefined}
              onClick={() => void openHome()}
            >
              <Avatar person={app} small />
              <span class="place-name">{workspace.app.name}</span>
            </button>
          </li>
          {direct.map((channel) => (
            <ChannelButton
              key={channel.id}
              channel={channel}
              state={state}
              icon="chat"
              label="Messages from the app"
            />
          ))}
        </ul>
        <h2 class="sidebar-title">Channels</h2>
        <ul class="places">
          {channels.map((channel) => (
            <ChannelButton
              key={channel.id}
              channel={channel}
              state={state}
              icon={iconOf(channel)}
              label={channel.name}
            />
          ))}
        </ul>
        <ActAs state={state} />
      </div>
      <footer class="sidebar-foot">
        <button
          type="button"
          class="place"
          aria-pressed={state.side.kind === 'sandbox'}
          onClick={() => openSide(state.side.kind === 'sandbox' ? { kind: 'none' } : { kind: 'sandbox' })}
        >
          <Icon name="sliders" />
          <span class="place-name">Sandbox</span>
        </button>
        <ThemeSwitch />
      </footer>
    </nav>
  );
}

interface ChannelButtonProps {
  channel: ShownChannel;
  state: PageState;
  icon: IconName;
  label: string;
}

function ChannelButton({ channel, state, icon, label }: ChannelButtonProps) {
  const open = state.place.kind === 'channel' && state.place.id === channel.id;
  const unread = state.unread.has(channel.id);
  return (
    <li>
      <button
        type="button"
        class={unread ? 'place place-unread' : 'place'}
        aria-current={open ? 'page' : undefined}
        onClick={() => void openChannel(channel.id)}
      >
        <Icon name={icon} />
        <span class="place-name">{label}</span>
        {unread && <span class="unread-dot" role="img" aria-label="unread" />}
      </button>
    </li>
  );
}

function ActAs({ state }: { state: PageState }) {
  const people = state.workspace?.people.filter((person) => person.kind !== 'bot') ?? [];
  return (
    <fieldset class="act-as">
      <legend class="sidebar-title">You act as</legend>
      {people.map((person) => (
        <label key={person.id} class="person">
          <input
            type="radio"
            name="act-as"
            value={person.handle}
            checked={person.handle === state.as}
            onChange={() => void actAs(person.handle)}
          />
          <Avatar person={person} small />
          <span class="person-name">{person.handle}</span>
          <span class="person-role">{person.role}</span>
        </label>
      ))}
    </fieldset>
  );
}

const themes: readonly { readonly theme: Theme; readonly icon: IconName; readonly label: string }[] = [
  { theme: 'system', icon: 'system', label: 'As the system' },
  { theme: 'light', icon: 'sun', label: 'Light' },
  { theme: 'dark', icon: 'moon', label: 'Dark' },
];

function ThemeSwitch() {
  const [current, setCurrent] = useState(storedTheme());
  return (
    <fieldset class="themes">
      <legend class="hidden">Colours</legend>
      {themes.map(({ theme, icon, label }) => (
        <label key={theme} class="theme" title={label}>
          <input
            type="radio"
            name="theme"
            aria-label={label}
            checked={current === theme}
            onChange={() => {
              applyTheme(theme);
              setCurrent(theme);
            }}
          />
          <Icon name={icon} />
        </label>
      ))}
    </fieldset>
  );
}

function isMine(channel: ShownChannel, { workspace, as }: PageState): boolean {
  const me = workspace?.people.find((person) => person.handle === as);
  return me !== undefined && channel.members.includes(me.id);
}

function iconOf(channel: ShownChannel): IconName {
  if (channel.shared !== 'no') return 'people';
  return channel.kind === 'private' ? 'lock' : 'hash';
}
