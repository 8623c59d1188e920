import type { StepKind } from './step.ts';

/**
 * Seconds a step takes where the cluster has no history of its own: measured on a recorded upgrade of three control
 * planes and two small workers (the first apply took 2 min 47 s), rounded up for machines with more to carry.
 */
export const usualSeconds: Readonly<Record<StepKind, number>> = {
  'check-drift': 5,
  'back-up-etcd': 15,
  'back-up-external-etcd': 30,
  'back-up-config-maps': 2,
  'back-up-node-files': 5,
  'switch-repository': 10,
  'install-kubeadm': 15,
  'pull-images': 45,
  'move-etcd-leader': 3,
  'upgrade-control-plane': 170,
  'upgrade-kubelet-config': 5,
  'drain-node': 20,
  'install-kubelet': 25,
  'restart-kubelet': 20,
  'verify-node': 15,
  'uncordon-node': 2,
  'verify-addons': 60,
  'run-addon': 90,
  'verify-cluster': 10,
  'cordon-node': 1,
  'record-workloads': 1,
  soak: 20,
  'mark-next-nodes': 2,
  'unmark-next-nodes': 2,
  // People's time is nobody's estimate.
  gate: 0,
  'quarantine-node': 1,
  'restore-node-files': 5,
  'restore-static-pods': 60,
  'restore-config-maps': 2,
  'restore-addons': 45,
  'enable-etcd-downgrade': 20,
  'stop-static-pods': 35,
  'restore-etcd': 15,
  'restart-node-agents': 20,
};
