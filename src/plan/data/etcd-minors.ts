/**
 * The etcd release line that kubeadm brings, from a Kubernetes minor on. Only the line matters for going back: within a
 * line etcd's data format and cluster version stay.
 * Source: kubeadm `SupportedEtcdVersion` and `DefaultEtcdVersion`, cmd/kubeadm/app/constants/constants.go of each
 * release branch (1.28: 3.5.9 … 1.33: 3.5.21 and later 3.5.24; 1.34.0: 3.6.4, later 3.6.5).
 */
export const etcdMinors: readonly { readonly fromKubernetesMinor: number; readonly etcd: string }[] = [
  { fromKubernetesMinor: 34, etcd: '3.6' },
  { fromKubernetesMinor: 22, etcd: '3.5' },
];

/**
 * The oldest patch of an etcd line that is fit to be the last stop before the next line.
 * Source: etcd.io "Upgrade etcd from 3.5 to 3.6" (members at 3.5.26 or later, or zombie members can come back).
 */
export const etcdFitForNextMinor: Readonly<Record<string, string>> = { '3.5': '3.5.26' };
