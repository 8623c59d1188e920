import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createBackupStore } from '../../src/adapters/backup/backup-store.ts';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { localFiles } from '../../src/adapters/files/local-files.ts';
import { openRunStore } from '../../src/adapters/sqlite/run-store.ts';
import type { SshConfig } from '../../src/config.ts';
import { PlanDigest } from '../../src/domain/names.ts';
import { type Plan, stepsOf } from '../../src/domain/plan.ts';
import { Policy } from '../../src/domain/policy.ts';
import { hasEnded, type Run } from '../../src/domain/run.ts';
import type { NodeSnapshot } from '../../src/domain/snapshot.ts';
import { version } from '../../src/domain/version.ts';
import { workerTurn } from '../../src/plan/phases/worker-turn.ts';
import { createExecutor } from '../../src/run/executor/executor.ts';
import { stepHandlers } from '../../src/steps/index.ts';
import { hostsFor, lab, nameOf } from '../../test/nodes/support/hosts.ts';
import type { LabNode } from '../../test/nodes/support/node.ts';
import { silentLog } from '../../test/support/silent-log.ts';
import { storeRunMidway } from '../executor/history.ts';
import { after, before } from './stand-ins.ts';
import { apiOf } from './worker.ts';

export interface BotTurn {
  readonly seconds: number;
  readonly connects: number;
  readonly commands: number;
  /** Milliseconds by kind of step. */
  readonly steps: Readonly<Record<string, number>>;
}

/** A worker's whole turn as a run of its own: from the approved run to its success, the connect included. */
export async function upgradeByBot(node: LabNode, ssh: SshConfig, scratch: string): Promise<BotTurn> {
  const directory = await mkdtemp(join(scratch, 'bot-'));
  const store = openRunStore(join(directory, 'bot.sqlite'), systemClock);
  const hosts = hostsFor([node], ssh);
  const ended = Promise.withResolvers<Run>();
  const api = apiOf(node);
  const executor = createExecutor({
    store,
    handlers: stepHandlers({
      kubernetesOf: () => api,
      remoteHostOf: hosts.hostOf,
      backups: createBackupStore({ directory: join(directory, 'backups'), keep: 3 }),
      localFiles,
      clock: systemClock,
      metricsOf: () => undefined,
      driftSince: async () => undefined,
    }),
    clock: systemClock,
    random: Math.random,
    knows: () => true,
    upkeep: hosts,
    owner: 'bench',
    onCommit(run) {
      if (hasEnded(run) || run.status === 'halted') ended.resolve(run);
    },
    log: silentLog,
  });
  try {
    await storeRunMidway(store, planFor(node), 0);
    const began = performance.now();
    await executor.start();
    const run = await ended.promise;
    const seconds = (performance.now() - began) / 1_000;
    // Asked before the run's leftovers are cleared away: that is once a run, and nobody waits for it.
    const [use] = hosts.uses();
    if (run.status !== 'succeeded') throw new Error(`The run is ${run.status}: ${run.halt?.failure.message}`);
    return { seconds, connects: use?.connects ?? 0, commands: use?.commands ?? 0, steps: timesOf(run) };
  } finally {
    await executor.stop();
    await store.close();
    hosts.close();
  }
}

function timesOf(run: Run): Record<string, number> {
  const times = stepsOf(run.plan).map(({ kind, key }) => {
    const { attempt, startedAt = '', endedAt = '' } = run.steps.get(key) ?? {};
    if (attempt !== 1) throw new Error(`${key} took more than one try: nothing to measure`);
    return [kind, Date.parse(endedAt) - Date.parse(startedAt)] as const;
  });
  return Object.fromEntries(times);
}

function planFor(node: LabNode): Plan {
  const policy = Policy.parse({});
  const name = nameOf(node);
  const worker = { name, role: 'worker', unschedulable: false } as NodeSnapshot;
  return {
    kind: 'plan',
    purpose: { kind: 'upgrade' },
    digest: PlanDigest.parse('0'.repeat(64)),
    cluster: lab,
    from: version(`v${before}`),
    to: version(`v${after}`),
    hops: [version(`v${after}`)],
    etcd: {},
    phases: [
      {
        kind: 'workers',
        batches: [{ turns: [workerTurn(worker, 'measured', version(`v${after}`), policy)] }],
      },
    ],
    findings: [],
    reversibility: { summary: '' },
    estimateSeconds: 30,
    basis: 'basis',
    policy,
  };
}
