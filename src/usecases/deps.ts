import type { ClusterConfig } from '../config.ts';
import type { ClusterName, RunId } from '../domain/names.ts';
import type { Run } from '../domain/run.ts';
import type { KubernetesVersion, MinorVersion } from '../domain/version.ts';
import type { Clock } from '../ports/clock.ts';
import type { Directory } from '../ports/directory.ts';
import type { Log } from '../ports/log.ts';
import type { RunStore } from '../ports/run-store.ts';
import type { Look } from '../snapshot/gather-snapshot.ts';
import type { Offer } from '../snapshot/offered-versions.ts';

/** What the use cases need of the world. */
export interface UseCaseDeps {
  readonly store: RunStore;
  readonly clusters: ReadonlyMap<ClusterName, ClusterConfig>;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Log;
  readonly look: (cluster: ClusterName, options: { offeredMinor?: MinorVersion }) => Promise<Look>;
  readonly offer: (cluster: ClusterName) => Promise<Offer>;
  /** The API server's version, by one quick call. */
  readonly presentVersion: (cluster: ClusterName) => Promise<KubernetesVersion>;
  readonly newRunId: () => RunId;
  /** Something was committed: the executor and the publisher look at the run again. */
  readonly onCommit: (run: Run) => void;
}
