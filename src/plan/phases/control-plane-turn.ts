import type { Turn } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { Step } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { etcdMembersOf } from '../running.ts';
import { drainStep, kubeadmOptions, kubeadmPackageSteps, kubeletSteps, uncordonSteps } from './node-steps.ts';
import type { Place } from './order.ts';
import { stepKey } from './step-key.ts';

/**
 * The static pods' turn of a control plane. The node stays schedulable: kubeadm's own health check creates a Job that
 * needs a node to run on (kubeadm preflight CreateJob). Images are pulled with the new kubeadm, because the old one
 * lists the old etcd image.
 * @param mode `apply` for the first control plane of a hop, `node` for the others
 */
export function staticPodsTurn(
  place: Place,
  mode: 'apply' | 'node',
  version: KubernetesVersion,
  snapshot: Snapshot,
  policy: Policy,
): Turn {
  const { node, reason } = place;
  const { name } = node;
  const pullImages: Step = {
    kind: 'pull-images',
    key: stepKey(version, 'pull-images', name),
    input: { node: name, version, imageRepository: snapshot.kubeadm.imageRepository },
  };
  const moveLeader: Step = {
    kind: 'move-etcd-leader',
    key: stepKey(version, 'move-etcd-leader', name),
    input: { node: name },
  };
  const upgrade: Step = {
    kind: 'upgrade-control-plane',
    key: stepKey(version, 'upgrade-control-plane', name),
    input: { node: name, version, mode, etcd: snapshot.etcd.topology, kubeadm: kubeadmOptions(policy) },
  };
  // In every turn, not only in that of today's leader: leadership can move by itself while the others are upgraded.
  const leadershipMoves = etcdMembersOf(snapshot).length > 1;
  return {
    subject: { kind: 'node', node: name },
    reason,
    steps: [
      ...kubeadmPackageSteps(node, version),
      pullImages,
      ...(leadershipMoves ? [moveLeader] : []),
      upgrade,
    ],
  };
}

/**
 * The kubelet's turn of a control plane. It comes after the static pods of all of them: a kubelet may not be newer than
 * any kube-apiserver it can reach (version skew policy, kubelet), and through a load balancer it reaches them all.
 */
export function controlPlaneKubeletTurn({ node }: Place, version: KubernetesVersion): Turn {
  return {
    subject: { kind: 'node', node: node.name },
    reason: 'its kubelet, once every API server is new',
    steps: [drainStep(node, version), ...kubeletSteps(node, version), ...uncordonSteps(node, version)],
  };
}

/**
 * The turn of a control plane whose kubelet is so old that the next hop would leave it behind: it goes to the version that
 * the static pods beside it have already. kubeadm rewrote its configuration when those were upgraded.
 */
export function controlPlaneCatchUpTurn({ node }: Place, version: KubernetesVersion): Turn {
  return {
    subject: { kind: 'node', node: node.name },
    reason: 'its kubelet, which the next hop would leave behind',
    steps: [
      ...kubeadmPackageSteps(node, version),
      drainStep(node, version),
      ...kubeletSteps(node, version),
      ...uncordonSteps(node, version),
    ],
  };
}
