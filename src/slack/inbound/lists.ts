import type { RunHead } from '../../ports/run-store.ts';
import type { ProvenRollback } from '../../usecases/rollback/outcomes.ts';
import type { ClusterSummary } from '../../usecases/use-cases.ts';
import { permalinkOf } from '../permalinks.ts';
import { type Card, type Part, text } from '../projection/card.ts';
import { count, fold } from '../text/fold.ts';
import { moment } from '../text/moment.ts';
import { short } from '../text/untrusted.ts';
import { type Inbound } from './deps.ts';
import { isMoving, runLine, stateWord } from './run-line.ts';

/** Lines of some runs, each with its link. */
export async function runLines(
  inbound: Pick<Inbound, 'store' | 'messenger' | 'clock' | 'useCases'>,
  runs: readonly RunHead[],
): Promise<string[]> {
  const now = inbound.clock.now();
  return Promise.all(
    runs.map(async (run) => {
      const link = await permalinkOf(inbound, run.id);
      return runLine(run, now, link, isMoving(run) ? await inbound.useCases.run(run.id) : undefined);
    }),
  );
}

export async function runsCard(inbound: Inbound, runs: readonly RunHead[]): Promise<Card> {
  if (runs.length === 0) {
    return {
      sentence: 'No run yet in this channel.',
      parts: [text('No run yet in this channel. Try: `/k8s-upgrade plan`')],
    };
  }
  const lines = await runLines(inbound, runs);
  return {
    sentence: `The latest ${count(runs.length, 'run')} of this channel’s clusters.`,
    parts: lines.map((line): Part => text(line)),
  };
}

/** The channel's clusters with what their last look found. */
export async function clustersCard(inbound: Inbound, clusters: readonly ClusterSummary[]): Promise<Card> {
  if (clusters.length === 0) return noClusters;
  const now = inbound.clock.now();
  const lines = await Promise.all(
    clusters.map(async ({ cluster, version, problem, run, proven }) => {
      const link = run === undefined ? undefined : await permalinkOf(inbound, run.id);
      const state =
        version === undefined ? `🟠 could not be looked at: ${short(problem ?? 'no answer', 200)}` : version;
      const held = run === undefined ? '' : ` · run \`${run.id}\` ${stateWord(run)}`;
      const back = ` · ${provenText(proven, now)}`;
      return `*${cluster}* ${state}${held}${link === undefined ? '' : ` · <${link}|Open>`}${back}`;
    }),
  );
  return {
    sentence: `${count(clusters.length, 'cluster')} in this channel.`,
    parts: [text(fold(lines, { separator: '\n', maxEntries: 40, maxChars: 7_000 }))],
  };
}

/** `rollback last proven Nov 23, by a drill`, or that it never was. */
export function provenText(proven: ProvenRollback | undefined, now: number): string {
  if (proven === undefined) return 'no rollback proven yet';
  return `rollback last proven ${moment(proven.endedAt, now)}${proven.isDrill ? ', by a drill' : ''}`;
}

export const noClusters: Card = {
  sentence: 'No cluster is tied to this channel.',
  parts: [
    text(
      'No cluster is tied to this channel. Upgrades are planned where a cluster’s `channels` in my configuration say so: ask in that channel, or have this one’s id added there.',
    ),
  ],
};

export const rollbackHelpCard: Card = {
  sentence: 'What /k8s-rollback can do.',
  parts: [
    text(
      [
        '*Taking an upgrade back*',
        '`/k8s-rollback` — what changed near now, the likeliest first; in an incident’s channel of all clusters that have theirs there',
        '`/k8s-rollback prod-eu` — plan taking its latest upgrade back, with a verdict: what it costs, and whether data is lost',
        '`/k8s-rollback <run> workers` — only the workers · `node w-05` — one node · `control-plane`',
        '`/k8s-rollback drill staging-eu [version]` — practise: up and, when that is verified, back by itself; one approval for both, on clusters to practise on only',
        '`/k8s-rollback <run> etcd-downgrade` — with etcd’s own downgrade · `restore` — the snapshot from before; what was written since is lost',
      ]
        .join('\n')
        .replaceAll('<run>', '&lt;run&gt;'),
    ),
    {
      kind: 'fine',
      text: 'Nothing is changed before the people whom the policy names have approved a plan.',
    },
  ],
};

export const helpCard: Card = {
  sentence: 'What /k8s-upgrade can do.',
  parts: [
    text(
      [
        '*What I can do*',
        '`/k8s-upgrade plan prod-eu 1.34.9` — look at the cluster and post a plan; `1.34`, `next` and `latest` work, too',
        '`/k8s-upgrade plan prod-eu 1.35 in hops` — several minors in one plan, one after the other',
        '`/k8s-upgrade plan prod-eu 1.34.9 at 22:00` — approved now, started then (the cluster’s time zone); `next window` works, too',
        '`/k8s-upgrade doctor prod-eu [version]` — the checks alone, any time; nothing is planned or changed',
        '`/k8s-upgrade plan` — choose cluster and version in a form',
        '`/k8s-upgrade status [run]` — where a run is; without an id the one under way, or the latest',
        '`/k8s-upgrade output [run] [node or step]` — what its commands printed on the nodes, to the last line',
        '`/k8s-upgrade runs` — the latest runs of this channel’s clusters',
        '`/k8s-upgrade pause <run>` — stop before the next node · `resume <run>` — go on',
        '`/k8s-upgrade abort <run>` — end after the steps in hand; no version is taken back',
        '`/k8s-upgrade retry <run> [node]` — try a step that has failed again · `skip <run> [node] why` — go on without the node',
        '`/k8s-upgrade extend <run> [node] [30m]` — more time for a plan to be approved, or for drains that stand still',
        '`/k8s-upgrade handover <run> @somebody` — who is called from now on',
        '`/k8s-upgrade incident start` — in an incident’s channel: its clusters’ runs begin nothing new until `incident end`',
        '`/k8s-rollback` — what changed near now, and how it can be taken back; `/k8s-rollback help` says more',
        '`/k8s-upgrade clusters` — this channel’s clusters and their versions',
      ]
        .join('\n')
        .replaceAll('<run>', '&lt;run&gt;'),
    ),
    {
      kind: 'fine',
      text: 'Nothing is changed before the people whom the policy names have approved a plan.',
    },
  ],
};
