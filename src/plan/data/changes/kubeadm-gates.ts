/**
 * Gates of kubeadm itself (featureGates in ClusterConfiguration) that a minor no longer knows. Its upgrade only prints
 * "Unknown feature gate flag" and goes on; `kubeadm join` and `init` refuse the configuration afterwards.
 * Source: cmd/kubeadm/app/features/features.go of release-1.31 to release-1.36; the first by #124715 (README.md here).
 */
export const removedKubeadmGates: Readonly<Record<string, number>> = {
  UpgradeAddonsBeforeControlPlane: 31,
  EtcdLearnerMode: 33,
  WaitForAllControlPlaneComponents: 35,
  ControlPlaneKubeletLocalMode: 36,
};
