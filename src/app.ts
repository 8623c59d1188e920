import { randomBytes } from 'node:crypto';
import { backupsOf, type Config } from './config.ts';
import { StepFailure } from './domain/failure.ts';
import { type ClusterName, type NodeName, type RunId, runIdFrom, type UserId } from './domain/names.ts';
import type { Run } from './domain/run.ts';
import { oldest } from './domain/version.ts';
import { basisOf } from './plan/basis.ts';
import { removedApis } from './plan/data/removed-apis.ts';
import type { BackupStore } from './ports/backup-store.ts';
import type { Clock } from './ports/clock.ts';
import type { ClusterSurveyOf } from './ports/cluster-survey.ts';
import type { Directory } from './ports/directory.ts';
import type { KubernetesOf } from './ports/kubernetes.ts';
import type { LocalFiles } from './ports/local-files.ts';
import type { Log } from './ports/log.ts';
import type { Messenger } from './ports/messenger.ts';
import type { MetricsOf } from './ports/metrics.ts';
import type { NodeUpkeep, RemoteHostOf } from './ports/remote-host.ts';
import type { RunStore } from './ports/run-store.ts';
import type { StorageSurveyOf } from './ports/storage-survey.ts';
import { createExecutor } from './run/executor.ts';
import { createInbound, type Inbound, type SlackApp } from './slack/inbound/index.ts';
import { permalinkOf } from './slack/permalinks.ts';
import { createPublisher } from './slack/publisher.ts';
import { gatherSnapshot } from './snapshot/gather-snapshot.ts';
import { lookBack } from './snapshot/look-back.ts';
import { offeredVersions } from './snapshot/offered-versions.ts';
import { presentOf } from './snapshot/present.ts';
import { stepHandlers } from './steps/index.ts';
import { createDrills } from './usecases/advance-drills.ts';
import { beginRollbacks } from './usecases/begin-rollbacks.ts';
import type { LookOptions, UseCaseDeps } from './usecases/deps.ts';
import { expireProposals } from './usecases/expire.ts';
import { createUseCases } from './usecases/index.ts';
import { reportRollbacks } from './usecases/report-rollbacks.ts';
import type { UseCases } from './usecases/use-cases.ts';

/** The world as the program needs it, behind ports. */
export interface AppPorts {
  readonly store: RunStore;
  readonly kubernetesOf: KubernetesOf;
  readonly surveyOf: ClusterSurveyOf;
  readonly storageOf: StorageSurveyOf;
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

/** How often it is looked whether something is due that nobody's press begins. */
const lookForExpiredMs = 5_000;
const lookForDrillsMs = 3_000;
const flushMs = 5_000;

/** Wires the program; no logic of its own. Shared by the real process and by tests. */
export function createApp(ports: AppPorts, config: Config): App {
  const { store, clock, log, kubernetesOf, remoteHostOf } = ports;
  const clusters = new Map(
    Object.entries(config.clusters) as [ClusterName, Config['clusters'][ClusterName]][],
  );
  const wholeLook = (cluster: ClusterName) => {
    const { prometheus, policy } = clusters.get(cluster) ?? {};
    const metrics = ports.metricsOf(cluster);
    return {
      checkRights: (node: NodeName) => ports.upkeep.checkSudo(cluster, node),
      survey: { api: ports.surveyOf(cluster), removed: removedApis },
      ...(metrics && prometheus ? { prometheus: { metrics, alerts: prometheus } } : {}),
      customChecks: policy?.checks,
    };
  };
  const look = (cluster: ClusterName, options: LookOptions) =>
    gatherSnapshot({
      cluster,
      kubernetes: kubernetesOf(cluster),
      hostOf: (node) => remoteHostOf(cluster, node),
      clock,
      // Planning looks at everything; what looks again only wants to know whether something has changed.
      ...(options.offeredMinors === undefined ? {} : wholeLook(cluster)),
      manifests: {
        paths: (clusters.get(cluster)?.policy.addons ?? []).flatMap(({ manifest }) => manifest ?? []),
        files: ports.localFiles,
      },
      patchesDirectory: clusters.get(cluster)?.policy.kubeadm.patchesDirectory,
      ...options,
    });

  const publisher = createPublisher({
    store,
    messenger: ports.messenger,
    clock,
    log,
    backupsOf: (cluster) => backupsOf(config, cluster).directory,
    ...(config.runbooks === undefined ? {} : { runbooks: config.runbooks }),
    approversOf: (cluster) => clusters.get(cluster)?.approvers ?? { users: [] },
    linkOf: (run) => permalinkOf({ store, messenger: ports.messenger }, run),
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
      metricsOf: ports.metricsOf,
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
  const useCaseDeps: UseCaseDeps = {
    store,
    clusters,
    directory: ports.directory,
    clock,
    log,
    look,
    offer: (cluster, ahead = 1) =>
      offeredVersions({
        kubernetes: kubernetesOf(cluster),
        hostOf: (node) => remoteHostOf(cluster, node),
        ahead,
      }),
    present: (cluster) => presentOf(kubernetesOf(cluster)),
    presentVersion: async (cluster) => {
      const present = oldest(Object.values(await kubernetesOf(cluster).serverVersions()));
      if (!present) throw new StepFailure('kubernetes.unavailable', 'No API server answers.');
      return present;
    },
    lookBack: (of, policy) =>
      lookBack({
        of,
        policy,
        look: (offeredMinors) => look(of.cluster, { offeredMinors }),
        storage: ports.storageOf(of.cluster),
        hostOf: (node) => remoteHostOf(of.cluster, node),
        store,
        backups: ports.backups,
        clock,
      }),
    newRunId: () => runIdFrom(randomBytes(6)),
    onCommit,
  };
  const useCases = createUseCases(useCaseDeps);

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
  const reported = new Set<RunId>();
  const watchExpiry = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await beginRollbacks({ store, clock, onCommit }).catch((error: unknown) => {
        log.error({ err: error }, 'beginning an approved rollback failed; it is tried again');
      });
      await reportRollbacks({ store, clock, onCommit }, reported).catch((error: unknown) => {
        log.error({ err: error }, 'telling of a rollback that is over failed; it is tried again');
      });
      await expireProposals({ store, clock, onCommit }).catch((error: unknown) => {
        log.error({ err: error }, 'looking for expired proposals failed');
      });
      await clock.sleep(lookForExpiredMs, stopping.signal);
    }
  };

  // Apart from the rest: a look at a cluster takes longer than a person waits for the others.
  const drills = createDrills(useCaseDeps);
  let drilling: Promise<void> = Promise.resolve();
  const watchDrills = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await drills.advance().catch((error: unknown) => {
        log.error({ err: error }, 'looking for drills failed; it is tried again');
      });
      await clock.sleep(lookForDrillsMs, stopping.signal);
    }
  };

  return {
    useCases,
    activeRuns: () => executor.active(),
    async start() {
      await publisher.start();
      await executor.start();
      expiry = watchExpiry();
      drilling = watchDrills();
    },
    async stop() {
      stopping.abort();
      await inbound.drain(flushMs);
      await executor.stop();
      await expiry;
      // A look that is under way changes nothing, and the next process looks again.
      const enough = new AbortController();
      await Promise.race([drilling, clock.sleep(flushMs, enough.signal)]);
      enough.abort();
      await publisher.stop(flushMs);
    },
  };
}
