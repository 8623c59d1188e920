import type { Delivery, SocketHub } from '../socket/hub.ts';
import type { SlashCommand } from '../state/app.ts';
import type { Channel, User } from '../state/model.ts';
import type { ResponseTarget } from '../state/response-urls.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { escapeCommandText } from './escape.ts';
import { channelName } from './payload.ts';
import { applyResponse, carriesMessage } from './respond.ts';

export interface CommandLine {
  readonly user: User;
  readonly channel: Channel;
  /** The whole line, from the slash on. */
  readonly line: string;
  readonly inThread: boolean;
}

/** `rejected`: Slack itself answered, the app never saw the command. */
export type CommandOutcome = Delivery | { readonly status: 'rejected'; readonly reason: string };

/** Runs a slash command as a user typed it; what the user is told about it is posted for the user alone. */
export async function runCommand(
  { user, channel, line, inThread }: CommandLine,
  state: WorkspaceState,
  hub: SocketHub,
  responseUrl: (target: ResponseTarget) => string,
): Promise<CommandOutcome> {
  const [, name = line, rest = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(line.trim()) ?? [];
  const command = declared(name, state);
  const tell = (text: string): void => slackbotSays(text, user, channel, state);
  if (command === undefined) {
    tell(`\`${name}\` is not a valid command. Slackbot knows only the commands of the installed app.`);
    return { status: 'rejected', reason: 'unknown_command' };
  }
  if (inThread) {
    tell(`\`${name}\` is not supported in threads. Sorry!`);
    return { status: 'rejected', reason: 'not_in_threads' };
  }
  const target: ResponseTarget = { user: user.id, channel: channel.id, original: undefined };
  const delivery = await hub.deliver({
    type: 'slash_commands',
    payload: {
      token: state.credentials.verification,
      team_id: user.teamId,
      team_domain: state.directory.team.domain,
      channel_id: channel.id,
      channel_name: channelName(channel),
      user_id: user.id,
      user_name: user.handle,
      command: name,
      text: command.shouldEscape ? escapeCommandText(rest.trim(), state.directory) : rest.trim(),
      api_app_id: state.app.id,
      is_enterprise_install: 'false',
      response_url: responseUrl(target),
      trigger_id: state.triggers.issue(user.id),
    },
  });
  switch (delivery.status) {
    case 'no-socket':
      tell(`\`${name}\` failed with the error "dispatch_failed": the app is not connected.`);
      break;
    case 'timed-out':
      tell(`\`${name}\` did not respond in time: it failed with the error "operation_timeout".`);
      break;
    case 'acked':
      if (carriesMessage(delivery.payload)) {
        const responded = applyResponse(delivery.payload, target, state);
        if (!responded.ok) tell(`\`${name}\` failed with the error "${responded.error}".`);
      }
  }
  return delivery;
}

/** Without a manifest every command goes to the app. */
function declared(name: string, { app }: Pick<WorkspaceState, 'app'>): SlashCommand | undefined {
  if (!name.startsWith('/')) return undefined;
  if (app.commands === undefined) {
    return { command: name, description: '', usageHint: '', shouldEscape: true };
  }
  return app.commands.find((candidate) => candidate.command === name);
}

export function slackbotSays(
  text: string,
  user: User,
  channel: Channel,
  { directory, messages }: Pick<WorkspaceState, 'directory' | 'messages'>,
): void {
  messages.post({ channel: channel.id, author: directory.slackbot.id, text, onlyFor: user.id });
}
