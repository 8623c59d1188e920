import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../src/adapters/clock/system-clock.ts';
import { openRunStore } from '../src/adapters/sqlite/run-store.ts';
import { ClusterConfig } from '../src/config.ts';
import { ChannelId, ClusterName, instant, UserId } from '../src/domain/names.ts';
import { Policy } from '../src/domain/policy.ts';
import { underWayStatuses } from '../src/domain/run.ts';
import { version } from '../src/domain/version.ts';
import { planUpgrade } from '../src/plan/plan-upgrade.ts';
import type { Directory } from '../src/ports/directory.ts';
import { createUseCases } from '../src/usecases/index.ts';
import { runIdOf, storeHistory } from './history/store-history.ts';
import { takeUp } from './history/take-up.ts';
import { largeSnapshot } from './large-cluster/snapshot.ts';
import { median, report } from './measurement.ts';
import { sized } from './quick.ts';

/**
 * Commands, Home and the start on a database with years of runs in it. BENCH_RUNS: other than 2,000, where there is no room
 * for 3 GB.
 */
const nodes = sized(200, 5);
const runs = sized(Number(process.env['BENCH_RUNS'] ?? 2_000), 30);
const unfinished = sized(50, 3);
const times = sized(15, 2);
const bench = 'history';
/** These load one run with its plan and all of its steps. */
const wholeRuns: ReadonlySet<string> = new Set(['status', 'status of a run by its id']);

const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ClusterName.parse(`${prefix}-${index}`));
const clusters = named('eu', 8);
const busy = named('busy', unfinished);
const channel = ChannelId.parse('C0OPS');
const config = ClusterConfig.parse({
  kubernetes: { kubeconfig: '/dev/null' },
  ssh: { user: 'upgrader', agent: 'env', knownHosts: '/dev/null' },
  channels: [channel],
  approvers: { users: ['U0AMIR'] },
});

const snapshot = largeSnapshot({ nodes, pods: nodes, pdbs: 0 });
const plan = planUpgrade(
  { cluster: snapshot.cluster, target: version('1.34.9') },
  snapshot,
  Policy.parse({}),
);
if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan.findings.slice(0, 5)));

const directory = mkdtempSync(path.join(os.tmpdir(), 'bench-history-'));
const file = path.join(directory, 'bot.sqlite');
try {
  await storeHistory(file, plan, { clusters, runs, busy });
  report({ bench, what: `database file, ${runs} runs`, value: statSync(file).size / 1024 ** 2, unit: 'MB' });
  await measure();
  const { readyMs, atWorkMs, longestBlockMs } = await takeUp(file, unfinished);
  const after = `start after a crash with ${unfinished} unfinished runs`;
  report({ bench, what: `${after}: ready`, value: readyMs, unit: 'ms', limit: 2_000 });
  report({ bench, what: `${after}: all at work`, value: atWorkMs, unit: 'ms', limit: 10_000 });
  report({
    bench,
    what: `${after}: event-loop delay, longest`,
    value: longestBlockMs,
    unit: 'ms',
    limit: 250,
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const opening = performance.now();
  const store = openRunStore(file, systemClock);
  report({
    bench,
    what: 'opening the database',
    value: performance.now() - opening,
    unit: 'ms',
    limit: 1_000,
  });
  const unused = (): never => {
    throw new Error('nothing is looked at here');
  };
  const nobody: Directory = {
    user: async () => undefined,
    channel: async () => undefined,
    groupMembers: async () => [],
    isMember: async () => true,
    membersOf: async () => new Set(),
  };
  const useCases = createUseCases({
    store,
    clusters: new Map(clusters.map((cluster) => [cluster, config])),
    directory: nobody,
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {}, error: unused },
    look: unused,
    offer: unused,
    present: unused,
    presentVersion: async () => version('1.34.9'),
    lookBack: unused,
    observeBackups: unused,
    newRunId: unused,
    onCommit: unused,
  });
  const weekAgo = instant(Date.now() - 7 * 24 * 3_600_000);
  const asker = { user: UserId.parse('U0DANA'), channel };
  const everything: Readonly<Record<string, () => Promise<unknown>>> = {
    'unfinished runs and tellings, as at the start': async () => {
      await store.heads({ statuses: underWayStatuses });
      return store.unfinishedTellings();
    },
    'proposals that may be over': () => store.heads({ statuses: ['proposed'] }),
    'rollbacks that may be over': () =>
      store.heads({ kind: 'rollback', statuses: ['succeeded', 'aborted'], createdAfter: weekAgo }),
    'the lists of runs and of Home': () => useCases.runs(channel, 20),
    status: () => useCases.presentRun(channel),
    'status of a run by its id': () => useCases.run(runIdOf(10 + Math.floor(runs / 2))),
    'clusters, without asking them': () => useCases.clusters(channel),
    'candidates of a rollback': () => useCases.rollbackCandidates(asker),
    'usual durations, for a plan': () => store.usualDurations(clusters[0] as ClusterName),
  };
  for (const [what, call] of Object.entries(everything))
    await timed(what, call, wholeRuns.has(what) ? 100 : 50);
  await store.close();
}

async function timed(what: string, call: () => Promise<unknown>, limit: number): Promise<void> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    await call();
    took.push(performance.now() - began);
    // The histogram counts what a timer sees.
    await setTimeout(3);
  }
  delay.disable();
  const memory = Math.max(0, process.memoryUsage().rss - before) / 1024 ** 2;
  report({ bench, what: `${what}: first`, value: took[0] ?? Number.NaN, unit: 'ms', limit });
  report({ bench, what: `${what}: median`, value: median(took), unit: 'ms', limit });
  report({ bench, what: `${what}: event-loop delay, longest`, value: delay.max / 1e6, unit: 'ms' });
  report({ bench, what: `${what}: memory that it adds`, value: memory, unit: 'MB' });
}
