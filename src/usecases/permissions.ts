import type { Approvers, ClusterConfig } from '../config.ts';
import type { ChannelId, ClusterName, UserId } from '../domain/names.ts';
import type { Directory } from '../ports/directory.ts';
import type { Asker, Denied } from './asker.ts';
import type { UseCaseDeps } from './deps.ts';

const denied = (reason: string): Denied => ({ status: 'denied', reason });
const unanswered = denied(
  'Slack did not say who belongs to the group, so nobody can be let through now. Please try again in a minute; if it stays so, my log says why.',
);

/** The cluster's configuration, if it is tied to the channel. Elsewhere it is not even said that it exists. */
export function clusterInChannel(
  deps: Pick<UseCaseDeps, 'clusters'>,
  cluster: ClusterName,
  channel: ChannelId,
): ClusterConfig | Denied {
  const config = deps.clusters.get(cluster);
  if (config?.channels.includes(channel)) return config;
  const here = clustersOf(deps, channel);
  const known =
    here.length > 0 ? `This channel looks after ${here.join(', ')}.` : 'No cluster is tied to this channel.';
  return denied(`There is no cluster \`${cluster}\` here. ${known}`);
}

/** Names of the clusters that are tied to a channel, as configured. */
export function clustersOf(deps: Pick<UseCaseDeps, 'clusters'>, channel: ChannelId): ClusterName[] {
  return [...deps.clusters].filter(([, config]) => config.channels.includes(channel)).map(([name]) => name);
}

/**
 * Whether a user is one of some people: pinned ids first, then the user group, asked anew. An error of Slack means no:
 * who cannot be checked may not.
 */
async function isOneOf(people: Approvers, user: UserId, directory: Directory): Promise<boolean> {
  if (people.users.includes(user)) return true;
  if (!people.group) return false;
  const members = await directory.groupMembers(people.group, { fresh: true });
  return members.includes(user);
}

/** Names the people for a sentence: `<!subteam^S…>` and `<@U…>` are shown as names by Slack. */
function mentionOf(people: Approvers): string {
  const users = people.users.map((user) => `<@${user}>`);
  return [...(people.group ? [`<!subteam^${people.group}>`] : []), ...users].join(', ');
}

/** Undefined if the asker may approve what `requestedBy` asked for; else the reason why not. */
export async function refuseApprover(
  deps: Pick<UseCaseDeps, 'directory'>,
  config: ClusterConfig,
  cluster: ClusterName,
  asker: Asker,
  requestedBy: UserId,
  requesterCounts: boolean,
): Promise<Denied | undefined> {
  if (asker.user === requestedBy && !requesterCounts) {
    return denied(
      `You can’t approve this: you asked for it, and ${cluster} wants other people of ${mentionOf(config.approvers)}.`,
    );
  }
  return refuseUnless(config.approvers, asker, deps, `approve changes of ${cluster}`);
}

/** Undefined if those who approved before still may; else whose approval does not count any more. */
export async function refuseEarlierApprovals(
  deps: Pick<UseCaseDeps, 'directory'>,
  config: ClusterConfig,
  cluster: ClusterName,
  earlier: readonly UserId[],
): Promise<Denied | undefined> {
  try {
    for (const user of earlier) {
      if (await isOneOf(config.approvers, user, deps.directory)) continue;
      return denied(
        `<@${user}> approved this plan and may not approve changes of ${cluster} any more, so nothing is begun on it. ` +
          'Press Plan again for a new one.',
      );
    }
    return undefined;
  } catch {
    return unanswered;
  }
}

/** Whether all who approved something before still may; `unknown`: Slack does not say. */
export async function standingApprovals(
  { directory }: Pick<UseCaseDeps, 'directory'>,
  { approvers }: Pick<ClusterConfig, 'approvers'>,
  earlier: readonly UserId[],
): Promise<'yes' | 'no' | 'unknown'> {
  try {
    for (const user of earlier) if (!(await isOneOf(approvers, user, directory))) return 'no';
    return 'yes';
  } catch {
    return 'unknown';
  }
}

/** Undefined if the asker may ask for plans and control runs; else the reason why not. */
export async function refuseOperator(
  deps: Pick<UseCaseDeps, 'directory'>,
  config: ClusterConfig,
  cluster: ClusterName,
  asker: Asker,
): Promise<Denied | undefined> {
  if (!config.operators) return undefined;
  // Whoever may approve a change of a cluster may also stop one.
  const asApprover = await refuseUnless(config.approvers, asker, deps, '');
  if (!asApprover) return undefined;
  return refuseUnless(config.operators, asker, deps, `run upgrades of ${cluster}`);
}

async function refuseUnless(
  people: Approvers,
  asker: Asker,
  deps: Pick<UseCaseDeps, 'directory'>,
  what: string,
): Promise<Denied | undefined> {
  try {
    if (await isOneOf(people, asker.user, deps.directory)) return undefined;
  } catch {
    return unanswered;
  }
  return denied(`You can’t ${what}: that is for ${mentionOf(people)}.`);
}
