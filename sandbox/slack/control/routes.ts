import { z } from 'zod';

import type { RateLimiter } from '../limits/rate.ts';
import { act } from '../people/act.ts';
import { runCommand } from '../people/command.ts';
import { forge } from '../people/forge.ts';
import { openHome } from '../people/home.ts';
import { PersonError } from '../people/person-error.ts';
import { closeModal, submit } from '../people/submit.ts';
import { suggest } from '../people/suggest.ts';
import type { SocketHub } from '../socket/hub.ts';
import type { Channel, User } from '../state/model.ts';
import type { ResponseTarget } from '../state/response-urls.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import type { CallLog } from '../web-api/call-log.ts';
import { applyFault, readFaults } from './faults.ts';
import type { Panel } from './panels.ts';
import { PanelData } from './panels.ts';
import { renderChannel } from './render.ts';
import * as ask from './requests.ts';
import { showConversation, showViews, showWorkspace } from './show.ts';
import { findNow, waitFor } from './wait.ts';

export interface Control {
  readonly state: WorkspaceState;
  readonly hub: SocketHub;
  readonly limiter: RateLimiter;
  readonly log: CallLog;
  readonly panels: () => readonly Panel[];
  readonly responseUrl: (target: ResponseTarget) => string;
}

/** @param abort fires when the one who asked has gone away. */
export type Route = (body: unknown, control: Control, abort: AbortSignal) => unknown;

function route<S extends z.ZodType>(
  schema: S,
  run: (body: z.output<S>, control: Control, abort: AbortSignal) => unknown,
): Route {
  return (body, control, abort) => run(schema.parse(body), control, abort);
}

const InChannel = z.strictObject({ as: z.string(), channel: z.string() });
const Nothing = z.strictObject({});

/** The control API: POST /control/<name> with a JSON body. Answers are JSON. */
export const routes: Readonly<Record<string, Route>> = {
  workspace: route(ask.AsRequest, ({ as }, { state, hub }) =>
    showWorkspace(userOf(as, state), state, hub.count),
  ),
  conversation: route(InChannel, ({ as, channel }, { state }) => {
    const user = userOf(as, state);
    return showConversation(channelFor(channel, user, state), user, state);
  }),
  text: route(InChannel.partial({ as: true }), ({ as, channel }, { state }) => {
    const user = as === undefined ? firstUser(state) : userOf(as, state);
    return { text: renderChannel(channelFor(channel, user, state).id, user, state) };
  }),
  views: route(ask.AsRequest, ({ as }, { state }) => showViews(userOf(as, state), state)),
  notices: route(ask.AsRequest, ({ as }, { state }) => ({
    notices: state.notices.for(userOf(as, state).id),
  })),
  statistics: route(Nothing, (_body, { hub, limiter, log }) => ({
    sockets: hub.count,
    acks: {
      all: hub.acks.statistics(),
      slash_commands: hub.acks.statistics('slash_commands'),
      interactive: hub.acks.statistics('interactive'),
      events_api: hub.acks.statistics('events_api'),
    },
    rateLimits: limiter.usage(),
    calls: log.all(),
  })),

  command: route(ask.CommandRequest, ({ as, channel, line, inThread }, { state, hub, responseUrl }) => {
    const user = userOf(as, state);
    return runCommand(
      { user, channel: ownChannel(channel, user, state), line, inThread },
      state,
      hub,
      responseUrl,
    );
  }),
  say: route(ask.SayRequest, ({ as, channel, text, threadTs }, { state }) => {
    const user = userOf(as, state);
    const { id } = ownChannel(channel, user, state);
    const { ts } = state.messages.post({ channel: id, author: user.id, text, threadTs });
    return { ts };
  }),
  act: route(ask.ActRequest, ({ as, ...request }, { state, hub, responseUrl }) =>
    act({ user: userOf(as, state), ...request }, state, hub, responseUrl),
  ),
  forge: route(ask.ForgeRequest, ({ as, ...request }, { state, hub, responseUrl }) =>
    forge({ user: userOf(as, state), ...request }, state, hub, responseUrl),
  ),
  submit: route(ask.SubmitRequest, ({ as, view, answers }, { state, hub }) =>
    submit(userOf(as, state), answers, view, state, hub),
  ),
  close: route(ask.CloseRequest, async ({ as, view }, { state, hub }) => {
    await closeModal(userOf(as, state), view, state, hub);
    return {};
  }),
  suggest: route(ask.SuggestRequest, async ({ as, ...request }, { state, hub }) => ({
    options: await suggest({ user: userOf(as, state), ...request }, state, hub),
  })),
  home: route(ask.AsRequest, async ({ as }, { state, hub }) => {
    await openHome(userOf(as, state), state, hub);
    return {};
  }),
  /** What a client forgets when it is reloaded: ephemeral messages and open modals. */
  reload: route(ask.AsRequest, ({ as }, { state }) => {
    const user = userOf(as, state);
    state.messages.forgetEphemeral(user.id);
    state.views.clear(user.id);
    return {};
  }),

  wait: route(ask.WaitRequest, async (request, { state, hub }, abort) => {
    const user = userOf(request.as, state);
    const find = () => findNow(request.for, user, state, hub.count);
    const found = await waitFor(find, request.timeoutMs, state, abort);
    return found === undefined ? { found: false } : { found: true, value: found };
  }),

  faults: route(Nothing, (_body, { state, limiter }) => readFaults(state, limiter)),
  fault: route(ask.FaultRequest, (request, { state, hub, limiter }) => {
    applyFault(request, { faults: state.faults, hub, limiter });
    return readFaults(state, limiter);
  }),
  membership: route(ask.MembershipRequest, ({ channel, user, member }, { state }) => {
    const found = state.directory.findChannel(channel);
    if (found === undefined) throw new PersonError('no_such_channel', `there is no channel ${channel}`);
    state.directory.setMember(found, userOf(user, state), member);
    return {};
  }),
  group: route(ask.GroupRequest, ({ group, members }, { state }) => {
    const handle = group.replace(/^@/, '');
    const found = [...state.directory.userGroups.values()].find((candidate) => candidate.handle === handle);
    if (found === undefined) throw new PersonError('no_such_group', `there is no user group ${group}`);
    const users = members.map((member) => userOf(member, state));
    state.directory.setGroupMembers(found, users);
    return {};
  }),

  panels: route(Nothing, async (_body, { panels }) => ({
    panels: await Promise.all(
      panels().map(async (panel) => ({ title: panel.title, ...PanelData.parse(await panel.read()) })),
    ),
  })),
  'panel-act': route(ask.PanelActRequest, async ({ panel, name, params }, { panels }) => {
    const found = panels().find((candidate) => candidate.title === panel);
    if (found === undefined) throw new PersonError('no_such_panel', `there is no panel ${panel}`);
    return { said: (await found.act(name, params)) ?? '' };
  }),
};

function userOf(reference: string, { directory }: WorkspaceState): User {
  const user = directory.findUser(reference);
  if (user === undefined) throw new PersonError('no_such_user', `there is no user ${reference}`);
  return user;
}

function firstUser({ directory }: WorkspaceState): User {
  const [first = directory.slackbot] = directory.users.values();
  return first;
}

/** A channel that the user may look into; `@app` is the direct conversation with the app. */
function channelFor(reference: string, user: User, { directory }: WorkspaceState): Channel {
  if (reference === '@app') return directory.directMessage(user);
  const channel = directory.findChannel(reference);
  if (channel === undefined || !directory.visibleTo(user).includes(channel)) {
    throw new PersonError('no_such_channel', `@${user.handle} sees no channel ${reference}`);
  }
  return channel;
}

function ownChannel(reference: string, user: User, state: WorkspaceState): Channel {
  const channel = channelFor(reference, user, state);
  if (!channel.members.has(user.id)) {
    throw new PersonError('not_in_channel', `@${user.handle} is not in ${reference}`);
  }
  return channel;
}
