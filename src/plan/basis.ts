import type { ControlPlaneVersions, Snapshot } from '../domain/snapshot.ts';
import { sha256Of } from './digest.ts';
import { normalise } from './normalise.ts';

/**
 * Digest (hex) of exactly the structural facts that a plan rests on: which nodes there are, in which role, at which
 * versions, which members etcd has, what kubeadm believes. Readiness, leadership, pods and times change by themselves
 * and are looked at again by the steps, so they are no drift; nor is a static pod that is seen again after its kubelet
 * was restarted, at the version that goes without saying. Manifests of add-ons are part of what is done.
 */
export function basisOf(snapshot: Snapshot): string {
  const { cluster, nodes, etcd, kubeadm, manifests = {} } = normalise(snapshot);
  const usual = sharedVersions(nodes.flatMap(({ controlPlane }) => controlPlane ?? []));
  return sha256Of({
    cluster,
    kubernetesVersion: kubeadm.kubernetesVersion,
    nodes: nodes.map(({ name, role, kubeletVersion, controlPlane }) => ({
      name,
      role,
      kubeletVersion,
      controlPlane: controlPlane && seenOrUsual(controlPlane, usual),
    })),
    etcd:
      etcd.topology === 'stacked'
        ? { topology: etcd.topology, members: etcd.members.map(({ id, name, node }) => ({ id, name, node })) }
        : { topology: etcd.topology },
    ...(Object.keys(manifests).length > 0 ? { manifests } : {}),
  });
}

/** What all control planes that show a component have in common about it. */
function sharedVersions(controlPlanes: readonly ControlPlaneVersions[]): ControlPlaneVersions {
  return {
    apiServer: onlyOne(controlPlanes.flatMap(({ apiServer }) => apiServer ?? [])),
    etcdImageTag: onlyOne(controlPlanes.flatMap(({ etcdImageTag }) => etcdImageTag ?? [])),
  };
}

function onlyOne<Value>(values: readonly Value[]): Value | undefined {
  const [first, ...others] = new Set(values);
  return others.length === 0 ? first : undefined;
}

/**
 * A kubelet that has just been restarted shows its static pods to the API up to minutes later (mirror pods). What it does
 * not show yet counts as what it must be if nothing is amiss: kubeadm moves the controllers together with their node's API
 * server. One that then turns out to be another is a drift.
 */
function seenOrUsual(seen: ControlPlaneVersions, usual: ControlPlaneVersions): ControlPlaneVersions {
  const apiServer = seen.apiServer ?? usual.apiServer;
  return {
    apiServer,
    controllerManager: seen.controllerManager ?? apiServer,
    scheduler: seen.scheduler ?? apiServer,
    etcdImageTag: seen.etcdImageTag ?? usual.etcdImageTag,
  };
}
