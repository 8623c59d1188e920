import type { Turn } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import type { NodeSnapshot } from '../domain/snapshot.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import { drainStep, kubeadmOptions, kubeadmPackageSteps, kubeletSteps, uncordonSteps } from './node-steps.ts';
import { stepKey } from './step-key.ts';

/** A worker's turn: everything that can fail without harm comes before the drain. */
export function workerTurn(
  node: NodeSnapshot,
  reason: string,
  version: KubernetesVersion,
  policy: Policy,
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
