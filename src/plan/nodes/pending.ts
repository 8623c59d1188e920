import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { type KubernetesVersion, packageVersion } from '../../domain/version.ts';
import { controlPlanesOf, etcdMembersOf } from '../running.ts';

function controlPlaneIsAt(node: NodeSnapshot, target: KubernetesVersion): boolean {
  const { apiServer, controllerManager, scheduler } = node.controlPlane ?? {};
  return apiServer === target && controllerManager === target && scheduler === target;
}

function packagesAreAt(node: NodeSnapshot, target: KubernetesVersion): boolean {
  // What cannot be seen is taken as done where everything that the API shows is; an unreachable host is a finding.
  if (node.host.status === 'unreachable') return true;
  const { kubeadm, kubelet } = node.host.packages;
  const wanted = packageVersion(target);
  return kubeadm === wanted && kubelet === wanted && !node.host.interruptedPackages;
}

/**
 * Whether a node is at the target in everything that a turn would change. A half-done node is not: its turn is taken
 * again as a whole, and its steps find out for themselves what is left.
 */
function isAtTarget(node: NodeSnapshot, target: KubernetesVersion): boolean {
  const kubeletAndPackages = node.kubeletVersion === target && packagesAreAt(node, target);
  return kubeletAndPackages && (node.role === 'worker' || controlPlaneIsAt(node, target));
}

/** Whether a turn on the node was begun: some of it is at the target, not all. */
export function isHalfDone(node: NodeSnapshot, target: KubernetesVersion): boolean {
  if (isAtTarget(node, target)) return false;
  const { apiServer, controllerManager, scheduler } = node.controlPlane ?? {};
  return [node.kubeletVersion, apiServer, controllerManager, scheduler].includes(target);
}

/** Whether `kubeadm upgrade apply` was through for the target: kubeadm-config says so, and a control plane proves it. */
export function isApplied(snapshot: Snapshot, target: KubernetesVersion): boolean {
  return (
    snapshot.kubeadm.kubernetesVersion === target &&
    controlPlanesOf(snapshot).some((node) => isAtTarget(node, target))
  );
}

/**
 * The nodes that get a turn, in the snapshot's order. When apply was never through although every control plane looks
 * done (kubeadm-config was not written, or was put back), one of them is taken again: apply is safe to repeat.
 */
export function pendingNodes(snapshot: Snapshot, target: KubernetesVersion): NodeSnapshot[] {
  const controlPlanes = controlPlanesOf(snapshot);
  const controlPlanesDone = controlPlanes.every((node) => isAtTarget(node, target));
  const applyIsMissing = controlPlanesDone && !isApplied(snapshot, target);
  const leader = etcdMembersOf(snapshot).find((member) => member.isLeader)?.node;
  const again = applyIsMissing
    ? (controlPlanes.find((node) => node.name !== leader) ?? controlPlanes[0])
    : undefined;
  return snapshot.nodes.filter((node) => node === again || !isAtTarget(node, target));
}
