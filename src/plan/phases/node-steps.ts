import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import type { KubeadmOptions, Step } from '../../domain/step.ts';
import { type KubernetesVersion, minorOf } from '../../domain/version.ts';
import { stepKey } from './step-key.ts';

/** kubeadm's options as the steps carry them: an approval covers them, so they are part of the plan. */
export function kubeadmOptions(policy: Policy): KubeadmOptions {
  const { ignorePreflightErrors, patchesDirectory } = policy.kubeadm;
  return {
    ignorePreflightErrors: ignorePreflightErrors.toSorted(),
    ...(patchesDirectory === undefined ? {} : { patchesDirectory }),
  };
}

/** The new kubeadm, from the repository of its own minor. */
export function kubeadmPackageSteps(node: NodeSnapshot, version: KubernetesVersion): Step[] {
  const { name } = node;
  return [
    {
      kind: 'switch-repository',
      key: stepKey(version, 'switch-repository', name),
      input: { node: name, minor: minorOf(version) },
    },
    {
      kind: 'install-kubeadm',
      key: stepKey(version, 'install-kubeadm', name),
      input: { node: name, version },
    },
  ];
}

/** The new kubelet on a node that is drained, until it is proven to run there. */
export function kubeletSteps(node: NodeSnapshot, version: KubernetesVersion): Step[] {
  const { name, role } = node;
  return [
    {
      kind: 'install-kubelet',
      key: stepKey(version, 'install-kubelet', name),
      input: { node: name, version },
    },
    {
      kind: 'restart-kubelet',
      key: stepKey(version, 'restart-kubelet', name),
      input: { node: name, version },
    },
    { kind: 'verify-node', key: stepKey(version, 'verify-node', name), input: { node: name, version, role } },
  ];
}

/** kubelets change minors only on drained nodes (version skew policy, "Supported component upgrade order"). */
export function drainStep(node: NodeSnapshot, version: KubernetesVersion): Step {
  return { kind: 'drain-node', key: stepKey(version, 'drain-node', node.name), input: { node: node.name } };
}

/** None for a node that was unschedulable before: the cordon belongs to whoever set it. */
export function uncordonSteps(node: NodeSnapshot, version: KubernetesVersion): Step[] {
  if (node.unschedulable) return [];
  return [
    { kind: 'uncordon-node', key: stepKey(version, 'uncordon-node', node.name), input: { node: node.name } },
  ];
}
