import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type SandboxCluster, type StartOptions, startCluster } from '../../../../sandbox/cluster/index.ts';
import { createBackupStore } from '../../../../src/adapters/backup/backup-store.ts';
import { systemClock as clock } from '../../../../src/adapters/clock/system-clock.ts';
import { openRunStore } from '../../../../src/adapters/sqlite/run-store.ts';
import { StepFailure } from '../../../../src/domain/failure.ts';
import {
  ChannelId,
  ClusterName,
  instant,
  type NodeName,
  RunId,
  UserId,
} from '../../../../src/domain/names.ts';
import type { Plan, Refusal } from '../../../../src/domain/plan.ts';
import type { EtcdWay, RollbackScope } from '../../../../src/domain/rollback.ts';
import type { RollbackFacts } from '../../../../src/domain/rollback-facts.ts';
import { hasEnded, type Run } from '../../../../src/domain/run.ts';
import type { Snapshot } from '../../../../src/domain/snapshot.ts';
import { type MinorVersion, minorOf, version } from '../../../../src/domain/version.ts';
import { driftSince } from '../../../../src/plan/drift.ts';
import { planUpgrade } from '../../../../src/plan/plan-upgrade.ts';
import { planRollback, type RollbackRequest } from '../../../../src/plan/rollback/plan-rollback.ts';
import type { RollbackSource } from '../../../../src/plan/rollback/sight.ts';
import { createExecutor, type Executor } from '../../../../src/run/executor/executor.ts';
import { appendEvents } from '../../../../src/run/record/journal.ts';
import { newRun } from '../../../../src/run/record/new-run.ts';
import { gatherSnapshot } from '../../../../src/snapshot/gather-snapshot.ts';
import { stepHandlers } from '../../../../src/steps/index.ts';
import { accessTo } from '../../../support/sandbox-access.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { unknownFacts } from '../../../support/unknown-facts.ts';

const name = ClusterName.parse('sandbox');
const dana = UserId.parse('U0DANA');
const amir = UserId.parse('U0AMIR');
const li = UserId.parse('U000LI');
const channel = ChannelId.parse('C0123456');

/** Package versions on offer unless a test says otherwise. */
const offered = ['1.33.13', '1.34.9'];

/** A simulated cluster, the real adapters and the real executor: everything but Slack. */
export interface World {
  readonly sandbox: SandboxCluster;
  observe(): Promise<Snapshot>;
  /** The upgrade to a version, to its end or to where it halts. */
  upgrade(id: string, to: string): Promise<Run>;
  planBack(of: Run, options?: BackOptions): Promise<Plan | Refusal>;
  /** The rollback of a run, to its end or to where it halts. */
  back(id: string, of: Run, options?: BackOptions): Promise<Run>;
  /** Ends the process, in a manner of speaking: nothing is finished, and what comes next begins from the store. */
  die(): Promise<void>;
  resume(id: Run['id']): Promise<Run>;
  stop(): Promise<void>;
}

export interface BackOptions {
  readonly scope?: RollbackScope;
  readonly etcd?: EtcdWay;
  /** Called after every commit; may let the process die. */
  readonly onCommit?: (run: Run) => void;
}

export async function startWorld(options: Partial<StartOptions> = {}): Promise<World> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'rollback-'));
  const sandbox = await startCluster({
    name,
    controlPlanes: 3,
    workers: 2,
    version: 'v1.33.13',
    offered,
    timeScale: 400,
    directory,
    ...options,
  });
  const { config, kubernetes, hosts, close } = accessTo(sandbox, policy);
  const store = openRunStore(path.join(directory, 'bot.sqlite'), clock);
  const backups = createBackupStore({ directory: path.join(directory, 'backups'), keep: 5 });

  const observe = async (offeredMinors: MinorVersion[] = []): Promise<Snapshot> => {
    const hostOf = (node: NodeName) => hosts.hostOf(name, node);
    const look = await gatherSnapshot({ cluster: name, kubernetes, hostOf, clock, offeredMinors });
    if (look.status === 'observed') return look.snapshot;
    throw new StepFailure('kubernetes.unavailable', look.findings[0]?.summary ?? 'unobservable');
  };

  let executor: Executor | undefined;
  let processes = 0;
  const drive = async (id: Run['id'], onCommit: (run: Run) => void = () => undefined): Promise<Run> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    processes += 1;
    executor = createExecutor({
      store,
      clock,
      log: silentLog,
      upkeep: hosts,
      handlers: stepHandlers({
        kubernetesOf: () => kubernetes,
        remoteHostOf: hosts.hostOf,
        backups,
        localFiles: { readText: async () => undefined },
        metricsOf: () => undefined,
        clock,
        driftSince: async (_, planned) => driftSince(planned, await observe()),
      }),
      owner: `process-${processes}`,
      random: Math.random,
      knows: () => true,
      onCommit: (run) => {
        onCommit(run);
        if (hasEnded(run) || run.status === 'halted') resolve();
      },
    });
    await executor.start();
    const { promise: died, resolve: die } = Promise.withResolvers<void>();
    dying = die;
    await Promise.race([promise, died]);
    await executor.stop();
    executor = undefined;
    return loaded(id);
  };
  let dying = (): void => undefined;
  const loaded = async (id: Run['id']): Promise<Run> => {
    const run = await store.load(id);
    if (!run) throw new Error(`no run ${id}`);
    return run;
  };
  const take = async (id: string, plan: Plan | Refusal, onCommit?: (run: Run) => void): Promise<Run> => {
    if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan.findings));
    const proposal = { id: RunId.parse(id), plan, requestedBy: dana, channel, now: clock.now() };
    const { run, events } = newRun({ ...proposal, expireAfterMinutes: 60 });
    await store.create(run, events);
    const at = instant(clock.now());
    const approvals = [amir, li].slice(0, plan.policy.approvals.needed);
    await appendEvents(store, run.id, () => [
      ...approvals.map((by) => ({ kind: 'approval-given' as const, at, by, digest: plan.digest })),
      { kind: 'run-approved', at },
    ]);
    return drive(run.id, onCommit);
  };

  const sourceOf = async (of: Run): Promise<RollbackSource> => {
    const recorded = await store.backups({ run: of.id });
    const looked = recorded.map(async ({ run, step, kind, path: at, sha256, takenAt }) => {
      const found = await backups.inspect(at);
      const state = !found ? 'missing' : found.sha256 === sha256 ? 'intact' : 'changed';
      return { run, step, kind, path: at, sha256, takenAt, state } as const;
    });
    const all = await store.list({ cluster: name });
    const earlier = all.filter(
      ({ plan: { purpose } }) => purpose.kind === 'rollback' && purpose.of === of.id,
    );
    return { backups: await Promise.all(looked), earlier: earlier.toReversed() };
  };
  const planBack: World['planBack'] = async (of, { scope = { kind: 'all' as const }, etcd } = {}) => {
    const { from, hops } = of.plan;
    const snapshot = await observe([...new Set([from, ...hops.slice(0, -1)].map(minorOf))]);
    const request: RollbackRequest = { of, scope, ...(etcd === undefined ? {} : { etcd }) };
    return planRollback(request, snapshot, await sourceOf(of), factsOf(snapshot), config.policy);
  };

  return {
    sandbox,
    observe,
    async upgrade(id, to) {
      const snapshot = await observe((options.offered ?? offered).map((one) => minorOf(version(one))));
      return take(
        id,
        planUpgrade({ cluster: name, target: version(to), inHops: true }, snapshot, config.policy),
      );
    },
    planBack,
    async back(id, of, given = {}) {
      const plan = await planBack(of, given);
      // As the approval of a rollback does with an upgrade that stands still (docs/decisions/0006).
      if (!hasEnded(of)) {
        await appendEvents(store, of.id, () => [
          { kind: 'abort-requested', at: instant(clock.now()), by: dana },
        ]);
        await drive(of.id);
      }
      return take(id, plan, given.onCommit);
    },
    async die() {
      dying();
    },
    resume: (id) => drive(id),
    async stop() {
      await executor?.stop();
      await store.close();
      close();
      await sandbox.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const policy = {
  drain: { deleteUnmanagedPods: true },
  retries: { attempts: 50, firstDelaySeconds: 0.2, longestDelaySeconds: 1 },
};

/** What the planner is told of the tools; the rest it may not know. */
function factsOf(snapshot: Snapshot): RollbackFacts {
  return {
    ...unknownFacts('it was not asked for'),
    tools: snapshot.nodes
      .filter(({ role }) => role === 'control-plane')
      .map(({ name: node }) => ({ node, restores: ['3.5'], etcdctl: '3.6.5' })),
  };
}
