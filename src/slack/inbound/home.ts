import type { HomeView } from '@slack/types';
import type { ChannelId, UserId } from '../../domain/names.ts';
import { hasEnded } from '../../domain/run.ts';
import type { RunHead } from '../../ports/run-store.ts';
import { context, section } from '../blocks/elements.ts';
import { fold } from '../text/fold.ts';
import { masked } from '../text/mask.ts';
import { authorise } from './authorise.ts';
import type { Inbound } from './deps.ts';
import { runLines } from './lists.ts';

const runsOfChannel = 20;
const shownRuns = 15;

/** Draws the Home tab of one person: what is under way, and what was, in the channels that they read. */
export async function onHomeOpened(inbound: Inbound, user: UserId): Promise<void> {
  const authorisation = await authorise(inbound, { user });
  const view =
    authorisation.status === 'denied'
      ? home([section(authorisation.reason)])
      : await runsHome(inbound, await runsFor(inbound, user));
  const { error } = await inbound.messenger.publishHome(user, view);
  if (error !== undefined) inbound.log.warn({ error }, 'the Home tab could not be drawn');
}

/** Runs of channels that the person is in; a channel of which that cannot be told counts as one they are not in. */
async function runsFor(inbound: Inbound, user: UserId): Promise<RunHead[]> {
  const reads = async (channel: ChannelId) => {
    try {
      return await inbound.directory.isMember(channel, user);
    } catch (error) {
      inbound.log.warn({ error, channel }, 'slack does not say who is in a channel');
      return false;
    }
  };
  const lists = await Promise.all(
    inbound.channels.map(async (channel) =>
      (await reads(channel)) ? inbound.useCases.runs(channel, runsOfChannel) : [],
    ),
  );
  const byId = new Map(lists.flat().map((run) => [run.id, run]));
  return [...byId.values()].toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
}

async function runsHome(inbound: Inbound, runs: readonly RunHead[]): Promise<HomeView> {
  const open = runs.filter((run) => !hasEnded(run)).slice(0, shownRuns);
  const ended = runs.filter(hasEnded).slice(0, shownRuns);
  const [openLines, endedLines] = await Promise.all([runLines(inbound, open), runLines(inbound, ended)]);
  return home([
    { type: 'header', text: { type: 'plain_text', text: 'Upgrades' } },
    section(part('Now', openLines, 'Nothing is under way in your channels.')),
    { type: 'divider' },
    section(part('Before', endedLines, 'Nothing yet.')),
    context('`/k8s-upgrade plan` in a cluster’s channel begins one · `/k8s-upgrade help` lists the rest'),
  ]);
}

function part(title: string, lines: readonly string[], none: string): string {
  const text =
    lines.length === 0 ? none : fold(lines, { separator: '\n', maxEntries: shownRuns, maxChars: 2_800 });
  return masked(`*${title}*\n${text}`);
}

function home(blocks: HomeView['blocks']): HomeView {
  return { type: 'home', blocks };
}
