import type { EtcdMember, NodeSnapshot, Snapshot } from '../domain/snapshot.ts';
import { type KubernetesVersion, newest, oldest } from '../domain/version.ts';

/** The cluster's control planes, in the snapshot's order. */
export function controlPlanesOf(snapshot: Pick<Snapshot, 'nodes'>): NodeSnapshot[] {
  return snapshot.nodes.filter((node) => node.role === 'control-plane');
}

/** The cluster's workers, in the snapshot's order. */
export function workersOf(snapshot: Pick<Snapshot, 'nodes'>): NodeSnapshot[] {
  return snapshot.nodes.filter((node) => node.role === 'worker');
}

/** Versions of all API servers that were seen, as mirror pods and as answers to /version. */
export function apiServerVersions(snapshot: Snapshot): KubernetesVersion[] {
  const ofPods = controlPlanesOf(snapshot).flatMap((node) => node.controlPlane?.apiServer ?? []);
  return [...ofPods, ...Object.values(snapshot.apiServers)];
}

/**
 * What the cluster runs: its oldest API server, because that is the one that skew rules are about. Where none was seen,
 * what kubeadm believes.
 */
export function currentVersion(snapshot: Snapshot): KubernetesVersion {
  return oldest(apiServerVersions(snapshot)) ?? snapshot.kubeadm.kubernetesVersion;
}

/** The newest API server that was seen; where none was, what kubeadm believes. */
export function newestApiServer(snapshot: Snapshot): KubernetesVersion {
  return newest(apiServerVersions(snapshot)) ?? snapshot.kubeadm.kubernetesVersion;
}

/** Members of a stacked etcd; none where it is external. */
export function etcdMembersOf(snapshot: Pick<Snapshot, 'etcd'>): EtcdMember[] {
  return snapshot.etcd.topology === 'stacked' ? snapshot.etcd.members : [];
}
