import { tier } from '../../limits/rate.ts';
import type { UserGroup } from '../../state/model.ts';
import type { WorkspaceState } from '../../state/workspace-state.ts';
import { ApiError } from '../api-error.ts';
import type { Arguments } from '../arguments.ts';
import type { Methods } from '../method.ts';
import { paginate } from '../paginate.ts';
import { slackUser } from '../represent.ts';

const users = ['users:read'];
const groups = ['usergroups:read'];

export const peopleMethods: Methods = {
  'users.info': { token: 'bot', scopes: users, limit: tier.four, run: userInfo },
  'users.list': { token: 'bot', scopes: users, limit: tier.two, run: userList },
  'usergroups.list': { token: 'bot', scopes: groups, limit: tier.two, run: groupList },
  'usergroups.users.list': { token: 'bot', scopes: groups, limit: tier.two, run: groupMembers },
};

function userInfo(args: Arguments, { directory }: WorkspaceState): Record<string, unknown> {
  const user = directory.users.get(args.text('user') ?? '');
  if (user === undefined) throw new ApiError('user_not_found');
  return { user: slackUser(user) };
}

/** People of other teams are not listed; they can only be asked for one by one. */
function userList(args: Arguments, { directory }: WorkspaceState): Record<string, unknown> {
  const own = [...directory.users.values()].filter((user) => user.teamId === directory.team.id);
  const { items, ...rest } = paginate(own, args);
  return { members: items.map(slackUser), ...rest };
}

function groupList(args: Arguments, { directory }: WorkspaceState): Record<string, unknown> {
  const all = [...directory.userGroups.values()];
  const shown = args.flag('include_disabled') ? all : all.filter((group) => !group.disabled);
  return {
    usergroups: shown.map((group) => ({
      ...slackGroup(group, directory.team.id),
      ...(args.flag('include_count') ? { user_count: group.members.length } : {}),
      ...(args.flag('include_users') ? { users: group.members } : {}),
    })),
  };
}

function groupMembers(args: Arguments, { directory }: WorkspaceState): Record<string, unknown> {
  const group = directory.userGroups.get(args.required('usergroup'));
  if (group === undefined || (group.disabled && !args.flag('include_disabled'))) {
    throw new ApiError('no_such_subteam');
  }
  return { users: group.members };
}

function slackGroup(group: UserGroup, team: string): Record<string, unknown> {
  return {
    id: group.id,
    team_id: team,
    is_usergroup: true,
    is_subteam: true,
    name: group.name,
    description: '',
    handle: group.handle,
    is_external: false,
    date_delete: group.disabled ? 1 : 0,
  };
}
