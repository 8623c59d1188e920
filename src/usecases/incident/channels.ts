import type { ClusterConfig } from '../../config.ts';
import type { ChannelId, ClusterName } from '../../domain/names.ts';
import type { Directory, SlackChannel } from '../../ports/directory.ts';
import type { UseCaseDeps } from '../deps.ts';
import { clustersOf } from '../permissions.ts';

/** The clusters that a channel has to do with. */
export interface ChannelClusters {
  readonly clusters: ClusterName[];
  /** Where Slack did not say whether it is an incident's channel: a whole sentence. Then it counts as none. */
  readonly problem?: string;
}

type Deps = Pick<UseCaseDeps, 'clusters' | 'directory'>;

/**
 * The clusters that a channel is tied to, and those whose incidents are talked about in it. What makes it an incident's
 * channel is no right: whoever plans or approves there is checked like anywhere else.
 */
export async function clustersOfIncident(deps: Deps, id: ChannelId): Promise<ChannelClusters> {
  const own = clustersOf(deps, id);
  let channel: SlackChannel | undefined;
  try {
    channel = await deps.directory.channel(id);
  } catch (error) {
    return { clusters: own, problem: problemOf(error) };
  }
  if (channel === undefined) return { clusters: own };
  const found = [...own];
  let problem: string | undefined;
  for (const [cluster, { incidents }] of deps.clusters) {
    if (found.includes(cluster) || incidents === undefined) continue;
    if (isNamed(incidents, channel)) found.push(cluster);
    // The team's own channel is not an incident's of another cluster only because the people on call are in it, too.
    else if (incidents.group !== undefined && own.length === 0) {
      try {
        if (await isOfGroup(deps.directory, channel, incidents.group)) found.push(cluster);
      } catch (error) {
        problem = problemOf(error);
      }
    }
  }
  return { clusters: found, ...(problem === undefined ? {} : { problem }) };
}

type Incidents = NonNullable<ClusterConfig['incidents']>;

function isNamed(
  { channels, namePattern }: Incidents,
  { id, name }: Pick<SlackChannel, 'id' | 'name'>,
): boolean {
  if (channels.includes(id)) return true;
  return namePattern !== undefined && new RegExp(namePattern, 'u').test(name);
}

/**
 * Whether a channel is one that the people on call have made for an incident: one of them created it, or all of them are
 * in it (incident tools create channels and invite the group). The workspace's general channel and large ones have
 * everybody in them, which says nothing.
 */
async function isOfGroup(
  directory: Pick<Directory, 'groupMembers' | 'membersOf'>,
  { id, creator, isGeneral }: SlackChannel,
  group: NonNullable<Incidents['group']>,
): Promise<boolean> {
  if (isGeneral === true) return false;
  const onCall = await directory.groupMembers(group, { fresh: false });
  if (onCall.length === 0) return false;
  if (onCall.some((user) => user === creator)) return true;
  const members = await directory.membersOf(id);
  return members !== 'many' && onCall.every((user) => members.has(user));
}

function problemOf(error: unknown): string {
  const why = error instanceof Error ? error.message.replace(/[.\s]+$/, '') : 'no answer';
  return `I cannot tell whether this is an incident’s channel, so it counts as none: ${why}.`;
}
