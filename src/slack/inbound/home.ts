import type { HomeView } from '@slack/types';
import { maskSecrets } from '../../domain/credentials.ts';
import type { ChannelId, ClusterName, UserId } from '../../domain/names.ts';
import { hasEnded } from '../../domain/run.ts';
import { context, section } from '../blocks/elements.ts';
import { fold } from '../text/fold.ts';
import { authorise } from './authorise.ts';
import type { Inbound } from './deps.ts';
import { provenText, runLines } from './lists.ts';

const runsOfChannel = 20;
const shownRuns = 15;
const shownClusters = 30;

/** Draws the Home tab of one person: what is under way, and what was, in the channels that they read. */
export async function onHomeOpened(inbound: Inbound, user: UserId): Promise<void> {
  const authorisation = await authorise(inbound, { user });
  const view =
    authorisation.status === 'denied'
      ? home([section(authorisation.reason)])
      : await homeOf(inbound, await channelsOf(inbound, user));
  const { error } = await inbound.messenger.publishHome(user, view);
  if (error !== undefined) inbound.log.warn({ error }, 'the Home tab could not be drawn');
}

/** The channels that the person is in; one of which that cannot be told counts as one they are not in. */
async function channelsOf(inbound: Inbound, user: UserId): Promise<ChannelId[]> {
  const reads = async (channel: ChannelId) => {
    try {
      return await inbound.directory.isMember(channel, user);
    } catch (error) {
      inbound.log.warn({ error, channel }, 'slack does not say who is in a channel');
      return false;
    }
  };
  const read = await Promise.all(inbound.channels.map(reads));
  return inbound.channels.filter((_, index) => read[index]);
}

async function homeOf(inbound: Inbound, channels: readonly ChannelId[]): Promise<HomeView> {
  const { useCases } = inbound;
  const lists = await Promise.all(channels.map((channel) => useCases.runs(channel, runsOfChannel)));
  const byId = new Map(lists.flat().map((run) => [run.id, run]));
  const runs = [...byId.values()].toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  const open = runs.filter((run) => !hasEnded(run)).slice(0, shownRuns);
  const ended = runs.filter(hasEnded).slice(0, shownRuns);
  const clusters = [...new Set(channels.flatMap((channel) => useCases.clusterNames(channel)))].toSorted();
  const [openLines, endedLines, clusterLines] = await Promise.all([
    runLines(inbound, open),
    runLines(inbound, ended),
    Promise.all(clusters.map((cluster) => clusterLine(inbound, cluster))),
  ]);
  return home([
    { type: 'header', text: { type: 'plain_text', text: 'Upgrades' } },
    section(part('Now', openLines, 'Nothing is under way in your channels.')),
    { type: 'divider' },
    section(part('Before', endedLines, 'Nothing yet.')),
    { type: 'divider' },
    section(
      part('Clusters', clusterLines, 'No cluster is tied to a channel that you are in.', shownClusters),
    ),
    context('`/k8s-upgrade plan` in a cluster’s channel begins one · `/k8s-upgrade help` lists the rest'),
  ]);
}

/** A cluster with when going back was last proven to work on it. */
async function clusterLine({ useCases, clock }: Inbound, cluster: ClusterName): Promise<string> {
  const proven = await useCases.lastProvenRollback(cluster);
  return `*${cluster}* · ${provenText(proven, clock.now())}`;
}

function part(title: string, lines: readonly string[], none: string, maxEntries = shownRuns): string {
  const text = lines.length === 0 ? none : fold(lines, { separator: '\n', maxEntries, maxChars: 2_800 });
  return maskSecrets(`*${title}*\n${text}`);
}

function home(blocks: HomeView['blocks']): HomeView {
  return { type: 'home', blocks };
}
