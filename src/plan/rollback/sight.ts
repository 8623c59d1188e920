import type { NodeName } from '../../domain/names.ts';
import type { EtcdWay, RollbackScope } from '../../domain/rollback.ts';
import type { ObservedBackup, RollbackFacts } from '../../domain/rollback-facts.ts';
import type { Run } from '../../domain/run.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { newestApiServer } from '../running.ts';
import { type Destination, destinationOf } from './destination.ts';
import { type EtcdSituation, etcdSituation } from './etcd-situation.ts';
import { type NodeBack, nodesBack } from './node-back.ts';
import { type RecordedUpgrade, recordedUpgrade } from './upgrade.ts';

/** What a rollback rests on beside the cluster: what the run saved, and what was tried before. */
export interface RollbackSource {
  /** Every backup of the run as it lies there now. */
  readonly backups: readonly ObservedBackup[];
  /** Rollbacks of the run that were begun before, oldest first. */
  readonly earlier: readonly Run[];
  /** No API server answers: the snapshot is what machines told over SSH. */
  readonly blind?: boolean;
}

/** Everything that one way back is judged and planned by. */
export interface Sight {
  readonly upgrade: RecordedUpgrade;
  readonly snapshot: Snapshot;
  readonly source: RollbackSource;
  readonly facts: RollbackFacts;
  readonly scope: RollbackScope;
  readonly way: EtcdWay;
  readonly destination: Destination;
  readonly etcd: EtcdSituation;
  /** The nodes that something is done on, in the snapshot's order. */
  readonly nodes: readonly NodeBack[];
  /** Only what brings an API server back is done; the rest is planned again when one answers. */
  readonly blind: boolean;
}

/** Puts together what one way of taking a run back would mean for the cluster as it is now. */
export function sightOf(
  of: Run,
  scope: RollbackScope,
  way: EtcdWay,
  seen: { readonly snapshot: Snapshot; readonly source: RollbackSource; readonly facts: RollbackFacts },
): Sight {
  const { snapshot, source, facts } = seen;
  const upgrade = recordedUpgrade(of, source.earlier);
  const destination = destinationOf(upgrade, snapshot, way, source.backups);
  const etcd = etcdSituation(snapshot, destination);
  const membersGoBack = etcd.kind === 'mixed' || (way === 'downgrade' && etcd.kind === 'moved');
  const all = nodesBack(upgrade, destination, snapshot, scope, membersGoBack);
  const blind = source.blind === true;
  const nodes = blind ? all.flatMap(staticPodsOnly) : all;
  return { upgrade, snapshot, source, facts, scope, way, destination, etcd, nodes, blind };
}

/** Drains, cordons and kubelets need an API server that answers. */
function staticPodsOnly(back: NodeBack): NodeBack[] {
  const { staticPods, etcd } = back;
  return staticPods || etcd ? [{ ...back, kubelet: false, tools: false, files: false, cordoned: false }] : [];
}

/** The control planes of which static pods go back. */
export function controlPlanesBack({ nodes }: Pick<Sight, 'nodes'>): NodeBack[] {
  return nodes.filter(({ staticPods, etcd }) => staticPods || etcd);
}

/** The run's backup that a step of it took, as it lies there now; the newest where a step was tried twice. */
export function backupOf(
  { source, upgrade }: Pick<Sight, 'source' | 'upgrade'>,
  step: ObservedBackup['step'] | undefined,
  kind: ObservedBackup['kind'],
  file?: string,
): ObservedBackup | undefined {
  return source.backups.findLast(
    (backup) =>
      backup.run === upgrade.run.id &&
      backup.step === step &&
      backup.kind === kind &&
      (file === undefined || backup.path.endsWith(`/${file}`)),
  );
}

/** The versions of API servers once the rollback is through: of every control plane that shows one. */
export function apiServersAfter({
  snapshot,
  nodes,
  way,
  destination,
}: Sight): Map<NodeName, KubernetesVersion> {
  const after = new Map<NodeName, KubernetesVersion>();
  const back = new Map(nodes.map((one) => [one.node.name, one]));
  for (const node of snapshot.nodes) {
    if (node.role !== 'control-plane') continue;
    const one = back.get(node.name);
    const goes = way === 'restore' || one?.staticPods === true;
    const was = (one?.to ?? destination.nodes.get(node.name))?.at.controlPlane?.apiServer;
    const version = goes
      ? (was ?? destination.version)
      : (node.controlPlane?.apiServer ?? newestApiServer(snapshot));
    after.set(node.name, version);
  }
  return after;
}

/** The versions of kubelets once the rollback is through, of all nodes. */
export function kubeletsAfter({ snapshot, nodes }: Sight): Map<NodeName, KubernetesVersion> {
  const back = new Map(nodes.map((one) => [one.node.name, one]));
  return new Map(
    snapshot.nodes.map((node) => {
      const one = back.get(node.name);
      return [node.name, one?.kubelet ? one.to.at.kubelet : node.kubeletVersion];
    }),
  );
}
