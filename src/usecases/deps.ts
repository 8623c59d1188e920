import type { ClusterConfig } from '../config.ts';
import type { ClusterName, RunId } from '../domain/names.ts';
import type { Policy } from '../domain/policy.ts';
import type { ObservedBackup } from '../domain/rollback-facts.ts';
import type { Run } from '../domain/run.ts';
import type { KubernetesVersion, MinorVersion } from '../domain/version.ts';
import type { Clock } from '../ports/clock.ts';
import type { Directory } from '../ports/directory.ts';
import type { Log } from '../ports/log.ts';
import type { NodeUpkeep } from '../ports/remote-host.ts';
import type { RunStore } from '../ports/run-store.ts';
import type { Look } from '../snapshot/gather-snapshot.ts';
import type { LookProgress } from '../snapshot/hosts.ts';
import type { BackLook } from '../snapshot/look-back.ts';
import type { Offer } from '../snapshot/offered-versions.ts';
import type { Present } from '../snapshot/present.ts';

/** What a look is for: with release lines to ask for it is one for a plan, else only whether something has changed. */
export interface LookOptions {
  readonly offeredMinors?: readonly MinorVersion[];
  readonly onProgress?: (progress: LookProgress) => void;
}

/** What the use cases need of the world. */
export interface UseCaseDeps {
  readonly store: RunStore;
  readonly clusters: ReadonlyMap<ClusterName, ClusterConfig>;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Log;
  readonly look: (cluster: ClusterName, options: LookOptions) => Promise<Look>;
  /** @param ahead minors after the present one that are asked for; 1 unless given */
  readonly offer: (cluster: ClusterName, ahead?: number) => Promise<Offer>;
  /** What runs now, by quick calls: it says what else has to be asked. */
  readonly present: (cluster: ClusterName) => Promise<Present>;
  /** The API server's version, by one quick call. */
  readonly presentVersion: (cluster: ClusterName) => Promise<KubernetesVersion>;
  /** What taking a run back would meet: the cluster now, by SSH where no API server answers, and the run's backups. */
  readonly lookBack: (of: Run, policy: Policy) => Promise<BackLook>;
  /** Absent: what is stored of outputs is all there is. */
  readonly readOutput?: NodeUpkeep['readOutput'];
  /** What a run saved, as it lies there now; reads whole files. */
  readonly observeBackups: (of: Run) => Promise<readonly ObservedBackup[]>;
  readonly newRunId: () => RunId;
  /** Something was committed: the executor and the publisher look at the run again. */
  readonly onCommit: (run: Run) => void;
}
