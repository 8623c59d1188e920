import { assertNever } from '../assert-never.ts';
import type { Channel, User } from '../state/model.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';

type Known = Pick<WorkspaceState, 'app' | 'credentials' | 'directory'>;

/** The fields that every interactive payload carries. */
export function interactivePayload(
  type: string,
  user: User,
  { app, credentials, directory }: Known,
): Record<string, unknown> {
  return {
    type,
    user: { id: user.id, username: user.handle, name: user.handle, team_id: user.teamId },
    team: teamField(user, directory),
    enterprise: null,
    is_enterprise_install: false,
    api_app_id: app.id,
    token: credentials.verification,
  };
}

/** Slack names the user's own team here, which for a stranger in a shared channel is not the installing one. */
function teamField(user: User, directory: Known['directory']): Record<string, unknown> {
  if (user.teamId === directory.team.id) return { id: directory.team.id, domain: directory.team.domain };
  return { id: user.teamId, domain: 'partner' };
}

/** Slack hides the names of conversations that are not public. */
export function channelName(channel: Channel): string {
  switch (channel.kind) {
    case 'public':
      return channel.name;
    case 'private':
      return 'privategroup';
    case 'im':
      return 'directmessage';
    default:
      return assertNever(channel.kind);
  }
}
