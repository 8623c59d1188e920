import type { NodeName, StepKey } from '../../domain/names.ts';
import type { EtcdWay } from '../../domain/rollback.ts';
import type { ObservedBackup } from '../../domain/rollback-facts.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { compareVersions, type KubernetesVersion, minorNumber, minorOf } from '../../domain/version.ts';
import { etcdMinors } from '../data/etcd-minors.ts';
import { newestApiServer } from '../running.ts';
import { etcdLineOf } from '../way/etcd-move.ts';
import { kubeletMinorsBehind } from '../way/legs.ts';
import { type SavedCluster, type SavedState, savedStatesOf } from './saved-states.ts';
import type { RecordedUpgrade } from './upgrade.ts';

/** Where a rollback leads: a moment of the upgrade at which everything was saved. */
export interface Destination {
  /** The control plane's version at that moment. */
  readonly version: KubernetesVersion;
  /** Whether it is the moment before the whole upgrade; else before one of its later hops. */
  readonly isOrigin: boolean;
  readonly nodes: ReadonlyMap<NodeName, SavedState>;
  readonly cluster?: SavedCluster;
  /** The step that saved etcd at that moment. */
  readonly etcdSnapshot?: StepKey;
}

/**
 * The moment that is gone back to. By the snapshot of etcd that is the beginning, however far away it is. Else it is the
 * earliest that lies no more than one minor below the newest API server: one minor is what an older API server can be
 * trusted to read of what a newer one has stored (Kubernetes deprecation policy, rule 4b).
 *
 * Kubelets go back while the newer API servers still serve, so none goes back farther than three minors below them: one
 * that had to catch up before the control plane could go on stays where it had caught up.
 */
export function destinationOf(
  upgrade: RecordedUpgrade,
  snapshot: Snapshot,
  etcd: EtcdWay,
  backups: readonly ObservedBackup[],
): Destination {
  const { plan } = upgrade.run;
  const taken = new Set(backups.filter(({ run }) => run === upgrade.run.id).map(({ step }) => step));
  const saved = savedStatesOf(upgrade.run, upgrade.origin, taken);
  const newest = minorNumber(newestApiServer(snapshot));
  const within = saved.clusters.findIndex(({ version }) => newest - minorNumber(version) <= 1);
  const index = etcd === 'restore' ? 0 : within === -1 ? saved.clusters.length - 1 : within;
  const cluster = saved.clusters[index];
  const version = cluster?.version ?? plan.from;
  const nodes = new Map<NodeName, SavedState>();
  for (const [node, states] of saved.nodes) {
    const allowed = states.filter(({ at }) => newest - minorNumber(at.kubelet) <= kubeletMinorsBehind);
    const then = allowed.findLast(({ at }) => compareVersions(at.kubelet, version) <= 0);
    const state = index > 0 ? then : allowed[0];
    if (state) nodes.set(node, state);
  }
  const etcdSnapshot = saved.etcd[index];
  return {
    version,
    isOrigin: index <= 0,
    nodes,
    ...(cluster === undefined ? {} : { cluster }),
    ...(etcdSnapshot === undefined ? {} : { etcdSnapshot }),
  };
}

/** The release line of the etcd member that a control plane had at its saved state, `3.5`; undefined where it is unknown. */
export function etcdLineAt({ at }: Pick<SavedState, 'at'>): string | undefined {
  if (at.etcd !== undefined) return etcdLineOf(at.etcd);
  const tag = at.controlPlane?.etcdImageTag;
  if (tag !== undefined) return etcdLineOf(tag);
  const server = at.controlPlane?.apiServer;
  if (server === undefined) return undefined;
  return etcdMinors.find(({ fromKubernetesMinor }) => fromKubernetesMinor <= minorNumber(server))?.etcd;
}

/** kubeadm's version of a saved state: of the kubelet's minor, so that one repository has both. */
export function kubeadmAt({ at }: Pick<SavedState, 'at'>): KubernetesVersion {
  return at.kubeadm !== undefined && minorOf(at.kubeadm) === minorOf(at.kubelet) ? at.kubeadm : at.kubelet;
}
