import type { Turn } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import type { Step } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { drainStep, kubeadmOptions, kubeadmPackageSteps, kubeletSteps, uncordonSteps } from './node-steps.ts';
import { stepKey } from './step-key.ts';

/**
 * A worker's turn: everything that can fail without harm comes before the drain.
 * @param maxUnavailable nodes of the cluster that may be away at a time; absent: not counted
 */
export function workerTurn(
  node: NodeSnapshot,
  reason: string,
  version: KubernetesVersion,
  policy: Policy,
  maxUnavailable?: number,
): Turn {
  const { name, role } = node;
  return {
    subject: { kind: 'node', node: name },
    reason,
    steps: [
      {
        kind: 'back-up-node-files',
        key: stepKey(version, 'back-up-node-files', name),
        input: { node: name, role },
      },
      ...kubeadmPackageSteps(node, version),
      ...placeSteps(node, version, maxUnavailable),
      drainStep(node, version),
      {
        kind: 'upgrade-kubelet-config',
        key: stepKey(version, 'upgrade-kubelet-config', name),
        input: { node: name, version, kubeadm: kubeadmOptions(policy) },
      },
      ...kubeletSteps(node, version),
      ...uncordonSteps(node, version),
    ],
  };
}

/** A place among the nodes that may be away, where policy counts them. */
function placeSteps(
  { name }: NodeSnapshot,
  version: KubernetesVersion,
  maxUnavailable: number | undefined,
): Step[] {
  if (maxUnavailable === undefined) return [];
  const key = stepKey(version, 'cordon-node', name);
  return [{ kind: 'cordon-node', key, input: { node: name, maxUnavailable } }];
}
