import type { Snapshot } from '../domain/snapshot.ts';
import { sha256Of } from './digest.ts';
import { normalise } from './normalise.ts';

/**
 * Digest (hex) of exactly the structural facts that a plan rests on: which nodes there are, in which role, at which
 * versions, which members etcd has, what kubeadm believes. Readiness, leadership, pods and times change by themselves
 * and are looked at again by the steps, so they are no drift. Manifests of add-ons are part of what is done.
 */
export function basisOf(snapshot: Snapshot): string {
  const { cluster, nodes, etcd, kubeadm, manifests = {} } = normalise(snapshot);
  return sha256Of({
    cluster,
    kubernetesVersion: kubeadm.kubernetesVersion,
    nodes: nodes.map(({ name, role, kubeletVersion, controlPlane }) => ({
      name,
      role,
      kubeletVersion,
      controlPlane,
    })),
    etcd:
      etcd.topology === 'stacked'
        ? { topology: etcd.topology, members: etcd.members.map(({ id, name, node }) => ({ id, name, node })) }
        : { topology: etcd.topology },
    ...(Object.keys(manifests).length > 0 ? { manifests } : {}),
  });
}
