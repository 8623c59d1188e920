import { drainFateOf } from '../domain/drain.ts';
import type { HostFacts, NodeRole, NodeSnapshot } from '../domain/snapshot.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import { criSocketAnnotation } from '../node/cri-socket.ts';
import { cordonAnnotation, type NodeObject, type PodObject } from '../ports/kubernetes.ts';
import { controlPlaneVersions, type Gap } from './control-plane.ts';

/** kubeadm's label of control planes (K/constants LabelNodeRoleControlPlane); its value is empty. */
const controlPlaneLabel = 'node-role.kubernetes.io/control-plane';

/** The node's role by kubeadm's label. */
export function roleOf({ labels }: Pick<NodeObject, 'labels'>): NodeRole {
  return controlPlaneLabel in labels ? 'control-plane' : 'worker';
}

/** Pods by the name of their node; those without one (not scheduled yet) are left out. */
export function byNode(pods: readonly PodObject[]): ReadonlyMap<string, readonly PodObject[]> {
  const groups = new Map<string, PodObject[]>();
  for (const pod of pods) {
    if (pod.node === undefined) continue;
    const group = groups.get(pod.node);
    if (group) group.push(pod);
    else groups.set(pod.node, [pod]);
  }
  return groups;
}

/** One node with what its pods and its machine tell. */
export function nodeSnapshot(
  node: NodeObject,
  kubeletVersion: KubernetesVersion,
  pods: readonly PodObject[],
  host: HostFacts,
): { node: NodeSnapshot; gaps: Gap[] } {
  const role = roleOf(node);
  const controlPlane = role === 'control-plane' ? controlPlaneVersions(node.name, pods) : undefined;
  const zone = node.labels['topology.kubernetes.io/zone'];
  const mark = node.annotations[cordonAnnotation];
  return {
    node: {
      name: node.name,
      role,
      ready: node.ready,
      ...(node.notReadyBecause === undefined ? {} : { notReadyBecause: node.notReadyBecause }),
      unschedulable: node.unschedulable,
      // A mark without a cordon is what a person left who uncordoned by hand.
      ...(mark !== undefined && node.unschedulable ? { cordonedByRun: mark } : {}),
      pressures: [...node.pressures],
      ...(node.internalAddress ? { internalAddress: node.internalAddress } : {}),
      ...(zone ? { zone } : {}),
      kubeletVersion,
      containerRuntime: node.containerRuntime,
      criSocketAnnotated: criSocketAnnotation in node.annotations,
      ...(controlPlane ? { controlPlane: controlPlane.versions } : {}),
      host,
      pods: drainOf(pods),
    },
    gaps: controlPlane?.gaps ?? [],
  };
}

/** What a drain would meet: pods that are on their way out already are not evicted again. */
function drainOf(pods: readonly PodObject[]): NodeSnapshot['pods'] {
  const evicted = pods.flatMap((pod) => {
    const fate = drainFateOf(pod);
    return pod.deletionTimestamp === undefined && fate.fate === 'evicted' ? [{ pod, loses: fate.loses }] : [];
  });
  const losing = (what: 'itself' | 'empty-dir-data') =>
    evicted
      .filter(({ loses }) => loses.includes(what))
      .map(({ pod }) => `${pod.namespace}/${pod.name}`)
      .toSorted();
  return { evictable: evicted.length, unmanaged: losing('itself'), emptyDir: losing('empty-dir-data') };
}
