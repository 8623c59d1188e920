import type { ClusterConfig } from './config.ts';
import { StepFailure } from './domain/failure.ts';
import type { ClusterName, NodeName } from './domain/names.ts';
import { oldest } from './domain/version.ts';
import { configuredPrograms } from './plan/configured-commands.ts';
import { removedApis } from './plan/data/removed-apis.ts';
import { driftSince, type Planned } from './plan/drift.ts';
import type { BackupStore } from './ports/backup-store.ts';
import type { Clock } from './ports/clock.ts';
import type { ClusterSurveyOf } from './ports/cluster-survey.ts';
import type { KubernetesOf } from './ports/kubernetes.ts';
import type { LocalFiles } from './ports/local-files.ts';
import type { MetricsOf } from './ports/metrics.ts';
import type { NodeUpkeep, RemoteHostOf } from './ports/remote-host.ts';
import type { RunStore } from './ports/run-store.ts';
import type { StorageSurveyOf } from './ports/storage-survey.ts';
import { gatherSnapshot } from './snapshot/gather-snapshot.ts';
import { lookBack, observeBackups } from './snapshot/look-back.ts';
import { offeredVersions } from './snapshot/offered-versions.ts';
import { presentOf } from './snapshot/present.ts';
import type { LookOptions, UseCaseDeps } from './usecases/deps.ts';

/** What it takes to look at clusters. */
export interface LookPorts {
  readonly store: RunStore;
  readonly kubernetesOf: KubernetesOf;
  readonly surveyOf: ClusterSurveyOf;
  readonly storageOf: StorageSurveyOf;
  readonly metricsOf: MetricsOf;
  readonly remoteHostOf: RemoteHostOf;
  readonly upkeep: NodeUpkeep;
  readonly backups: BackupStore;
  readonly localFiles: LocalFiles;
  readonly clock: Clock;
}

export interface Looks
  extends Pick<UseCaseDeps, 'look' | 'offer' | 'present' | 'presentVersion' | 'lookBack' | 'observeBackups'> {
  /** What has changed since a plan was made; throws StepFailure where nothing can be seen. */
  readonly drift: (cluster: ClusterName, planned: Planned) => Promise<string | undefined>;
}

/** Wires every look at a cluster, from a quick call to all that a plan rests on. No logic of its own. */
export function createLooks(ports: LookPorts, clusters: ReadonlyMap<ClusterName, ClusterConfig>): Looks {
  const { kubernetesOf, remoteHostOf, clock } = ports;

  /** Planning looks at everything; what looks again only wants to know whether something has changed. */
  const forPlan = (cluster: ClusterName) => {
    const { prometheus, policy } = clusters.get(cluster) ?? {};
    const metrics = ports.metricsOf(cluster);
    return {
      checkRights: (node: NodeName) => ports.upkeep.checkSudo(cluster, node),
      survey: { api: ports.surveyOf(cluster), removed: removedApis },
      ...(metrics && prometheus ? { prometheus: { metrics, alerts: prometheus } } : {}),
      customChecks: policy?.checks,
      ...(policy
        ? { programs: [...new Set(configuredPrograms(policy, 'external').map(({ program }) => program))] }
        : {}),
    };
  };

  const look = (cluster: ClusterName, options: LookOptions) =>
    gatherSnapshot({
      cluster,
      kubernetes: kubernetesOf(cluster),
      hostOf: (node) => remoteHostOf(cluster, node),
      clock,
      ...(options.offeredMinors === undefined ? {} : forPlan(cluster)),
      manifests: {
        paths: (clusters.get(cluster)?.policy.addons ?? []).flatMap(({ manifest }) => manifest ?? []),
        files: ports.localFiles,
      },
      patchesDirectory: clusters.get(cluster)?.policy.kubeadm.patchesDirectory,
      ...options,
    });

  return {
    look,
    offer: (cluster, ahead = 1) =>
      offeredVersions({
        kubernetes: kubernetesOf(cluster),
        hostOf: (node) => remoteHostOf(cluster, node),
        ahead,
      }),
    present: (cluster) => presentOf(kubernetesOf(cluster)),
    async presentVersion(cluster) {
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
        store: ports.store,
        backups: ports.backups,
        clock,
      }),
    observeBackups: (of) => observeBackups({ of, store: ports.store, backups: ports.backups }),
    async drift(cluster, planned) {
      const looked = await look(cluster, {});
      if (looked.status === 'observed') return driftSince(planned, looked.snapshot);
      const [finding] = looked.findings;
      throw new StepFailure('kubernetes.unavailable', finding?.summary ?? 'The cluster cannot be observed.');
    },
  };
}
