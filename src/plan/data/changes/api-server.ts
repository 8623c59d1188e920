/**
 * Admission plugins that a minor no longer has; kube-apiserver ends with "enable-admission-plugins plugin … is unknown",
 * and the same for disable-admission-plugins (staging/src/k8s.io/apiserver/pkg/server/options/admission.go).
 * Source: AllOrderedPlugins in pkg/kubeapiserver/options/plugins.go of release-1.28 to release-1.36 (README.md here).
 */
export const removedAdmissionPlugins: Readonly<Record<string, { minor: number; instead: string }>> = {
  SecurityContextDeny: { minor: 30, instead: 'PodSecurity does what it did.' },
  PersistentVolumeLabel: { minor: 31, instead: 'The cloud controller manager labels volumes.' },
};

/**
 * API versions that a minor no longer registers; kube-apiserver ends over one in --runtime-config ("group version … that
 * has not been registered", apiserver/pkg/server/resourceconfig/helpers.go). Versions that are only not served any more
 * are taken without a word and are not listed.
 * Source: pkg/apis/<group>/install/install.go of release-1.28 to release-1.36 (README.md here).
 */
export const unregisteredVersions: Readonly<Record<string, number>> = {
  'flowcontrol.apiserver.k8s.io/v1alpha1': 29,
  'resource.k8s.io/v1alpha2': 31,
  'coordination.k8s.io/v1alpha1': 32,
  'networking.k8s.io/v1alpha1': 34,
  'storagemigration.k8s.io/v1alpha1': 35,
  'autoscaling/v2beta1': 36,
  'autoscaling/v2beta2': 36,
  'scheduling.k8s.io/v1alpha1': 36,
};
