import { randomBytes } from 'node:crypto';
import { backupsOf, type Config } from './config.ts';
import { StepFailure } from './domain/failure.ts';
import { type ClusterName, type NodeName, runIdFrom, type UserId } from './domain/names.ts';
import type { Run } from './domain/run.ts';
import { oldest } from './domain/version.ts';
import { basisOf } from './plan/basis.ts';
import type { BackupStore } from './ports/backup-store.ts';
import type { Clock } from './ports/clock.ts';
import type { Directory } from './ports/directory.ts';
import type { KubernetesOf } from './ports/kubernetes.ts';
import type { LocalFiles } from './ports/local-files.ts';
import type { Log } from './ports/log.ts';
import type { Messenger } from './ports/messenger.ts';
import type { MetricsOf } from './ports/metrics.ts';
import type { NodeUpkeep, RemoteHostOf } from './ports/remote-host.ts';
import type { RunStore } from './ports/run-store.ts';
import { createExecutor } from './run/executor.ts';
import { createInbound, type Inbound, type SlackApp } from './slack/inbound/index.ts';
import { createPublisher } from './slack/publisher.ts';
import { gatherSnapshot } from './snapshot/gather-snapshot.ts';
import { offeredVersions } from './snapshot/offered-versions.ts';
import { stepHandlers } from './steps/index.ts';
import { expireProposals } from './usecases/expire.ts';
import { createUseCases } from './usecases/index.ts';
import type { UseCases } from './usecases/use-cases.ts';

/** The world as the program needs it, behind ports. */
export interface AppPorts {
  readonly store: RunStore;
  readonly kubernetesOf: KubernetesOf;
  readonly metricsOf: MetricsOf;
  readonly remoteHostOf: RemoteHostOf;
  readonly upkeep: NodeUpkeep;
  readonly backups: BackupStore;
  readonly localFiles: LocalFiles;
  readonly messenger: Messenger;
  readonly directory: Directory;
  /** Where listeners are registered. */
  readonly slackApp: SlackApp;
  readonly clock: Clock;
  readonly log: Log;
  /** Names this process in leases. */
  readonly owner: string;
}

export interface App {
  readonly useCases: UseCases;
  /** Takes up unfinished runs and tellings. Listeners are registered already: connect to Slack whenever it answers. */
  start(): Promise<void>;
  /** Lets go of runs, tells what is still untold, for at most some seconds. */
  stop(): Promise<void>;
  /** Runs that are being executed now. */
  activeRuns(): number;
}

const lookForExpiredMs = 15_000;
const flushMs = 5_000;

/** Wires the program; no logic of its own. Shared by the real process and by tests. */
export function createApp(ports: AppPorts, config: Config): App {
  const { store, clock, log, kubernetesOf, remoteHostOf } = ports;
  const clusters = new Map(
    Object.entries(config.clusters) as [ClusterName, Config['clusters'][ClusterName]][],
  );
  const look = (cluster: ClusterName, options: Pick<Parameters<typeof gatherSnapshot>[0], 'offeredMinor'>) =>
    gatherSnapshot({
      cluster,
      kubernetes: kubernetesOf(cluster),
      hostOf: (node) => remoteHostOf(cluster, node),
      clock,
      // Planning looks at everything; what looks again only wants to know whether something has changed.
      ...(options.offeredMinor === undefined
        ? {}
        : { checkRights: (node: NodeName) => ports.upkeep.checkSudo(cluster, node) }),
      manifests: {
        paths: (clusters.get(cluster)?.policy.addons ?? []).flatMap(({ manifest }) => manifest ?? []),
        files: ports.localFiles,
      },
      ...options,
    });

  const publisher = createPublisher({
    store,
    messenger: ports.messenger,
    clock,
    log,
    backupsOf: (cluster) => backupsOf(config, cluster).directory,
    approversOf: (cluster) => clusters.get(cluster)?.approvers ?? { users: [] },
    nameOf: async (user: UserId) => {
      const found = await ports.directory.user(user);
      return found && `@${found.handle}`;
    },
  });

  const executor = createExecutor({
    store,
    clock,
    log,
    owner: ports.owner,
    upkeep: ports.upkeep,
    random: Math.random,
    knows: (cluster) => clusters.has(cluster),
    onCommit: (run: Run) => publisher.wake(run.id),
    handlers: stepHandlers({
      kubernetesOf,
      remoteHostOf,
      backups: ports.backups,
      localFiles: ports.localFiles,
      clock,
      gatherBasis: async (cluster) => {
        const looked = await look(cluster, {});
        if (looked.status === 'observed') return basisOf(looked.snapshot);
        const [finding] = looked.findings;
        throw new StepFailure(
          'kubernetes.unavailable',
          finding?.summary ?? 'The cluster cannot be observed.',
        );
      },
    }),
  });

  const onCommit = (run: Run): void => {
    publisher.wake(run.id);
    executor.wake(run.id);
  };
  const useCases = createUseCases({
    store,
    clusters,
    directory: ports.directory,
    clock,
    log,
    look,
    offer: (cluster) =>
      offeredVersions({
        kubernetes: kubernetesOf(cluster),
        hostOf: (node) => remoteHostOf(cluster, node),
      }),
    presentVersion: async (cluster) => {
      const present = oldest(Object.values(await kubernetesOf(cluster).serverVersions()));
      if (!present) throw new StepFailure('kubernetes.unavailable', 'No API server answers.');
      return present;
    },
    newRunId: () => runIdFrom(randomBytes(6)),
    onCommit,
  });

  const inbound: Inbound = createInbound({
    app: ports.slackApp,
    useCases,
    publisher,
    store,
    directory: ports.directory,
    messenger: ports.messenger,
    clock,
    log,
    config,
  });

  const stopping = new AbortController();
  let expiry: Promise<void> = Promise.resolve();
  const watchExpiry = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await expireProposals({ store, clock, onCommit }).catch((error: unknown) => {
        log.error({ err: error }, 'looking for expired proposals failed');
      });
      await clock.sleep(lookForExpiredMs, stopping.signal);
    }
  };

  return {
    useCases,
    activeRuns: () => executor.active(),
    async start() {
      await publisher.start();
      await executor.start();
      expiry = watchExpiry();
    },
    async stop() {
      stopping.abort();
      await inbound.drain(flushMs);
      await executor.stop();
      await expiry;
      await publisher.stop(flushMs);
    },
  };
}
