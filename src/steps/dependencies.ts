import type { ClusterName } from '../domain/names.ts';
import type { Planned } from '../plan/drift.ts';
import type { BackupStore } from '../ports/backup-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubernetesOf } from '../ports/kubernetes.ts';
import type { LocalFiles } from '../ports/local-files.ts';
import type { MetricsOf } from '../ports/metrics.ts';
import type { RemoteHostOf } from '../ports/remote-host.ts';

/** Everything that the handlers of all steps need; each of them asks for its part. */
export interface StepDependencies {
  readonly kubernetesOf: KubernetesOf;
  readonly remoteHostOf: RemoteHostOf;
  readonly backups: BackupStore;
  readonly localFiles: LocalFiles;
  readonly metricsOf: MetricsOf;
  readonly clock: Clock;
  /** What has changed in a cluster since a plan was made, as a sentence; undefined where it still holds. Throws StepFailure. */
  readonly driftSince: (cluster: ClusterName, planned: Planned) => Promise<string | undefined>;
}
