import type { RemovedApi } from '../../domain/api-facts.ts';

/**
 * API versions that a minor no longer serves, from 1.22 on, as far as their removal is decided.
 *
 * Source: the functions APILifecycleRemoved and APILifecycleReplacement of k8s.io/api
 * (zz_generated.prerelease-lifecycle.go, v0.37.0-beta.0), by which kube-apiserver itself decides what it serves
 * (k8s.io/apiserver pkg/server/deleted_kinds.go). Types that k8s.io/api has dropped since are from
 * https://kubernetes.io/docs/reference/using-api/deprecation-guide/.
 *
 * Left out: what is only sent and never stored (reviews, discovery), and removals that lie past 1.40.
 */
const table: readonly Row[] = [
  [22, 'admissionregistration.k8s.io/v1beta1', 'MutatingWebhookConfiguration', 'v1'],
  [22, 'admissionregistration.k8s.io/v1beta1', 'ValidatingWebhookConfiguration', 'v1'],
  [22, 'apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 'v1'],
  [22, 'apiregistration.k8s.io/v1beta1', 'APIService', 'v1'],
  [22, 'certificates.k8s.io/v1beta1', 'CertificateSigningRequest', 'v1'],
  [22, 'coordination.k8s.io/v1beta1', 'Lease', 'v1'],
  [22, 'extensions/v1beta1', 'Ingress', 'networking.k8s.io/v1'],
  [22, 'networking.k8s.io/v1beta1', 'Ingress', 'v1'],
  [22, 'networking.k8s.io/v1beta1', 'IngressClass', 'v1'],
  [22, 'rbac.authorization.k8s.io/v1beta1', 'ClusterRole', 'v1'],
  [22, 'rbac.authorization.k8s.io/v1beta1', 'ClusterRoleBinding', 'v1'],
  [22, 'rbac.authorization.k8s.io/v1beta1', 'Role', 'v1'],
  [22, 'rbac.authorization.k8s.io/v1beta1', 'RoleBinding', 'v1'],
  [22, 'scheduling.k8s.io/v1beta1', 'PriorityClass', 'v1'],
  [22, 'storage.k8s.io/v1beta1', 'CSIDriver', 'v1'],
  [22, 'storage.k8s.io/v1beta1', 'CSINode', 'v1'],
  [22, 'storage.k8s.io/v1beta1', 'StorageClass', 'v1'],
  [22, 'storage.k8s.io/v1beta1', 'VolumeAttachment', 'v1'],
  [25, 'autoscaling/v2beta1', 'HorizontalPodAutoscaler', 'v2'],
  [25, 'batch/v1beta1', 'CronJob', 'v1'],
  [25, 'discovery.k8s.io/v1beta1', 'EndpointSlice', 'v1'],
  [25, 'events.k8s.io/v1beta1', 'Event', 'v1'],
  [25, 'node.k8s.io/v1beta1', 'RuntimeClass', 'v1'],
  [25, 'policy/v1beta1', 'PodDisruptionBudget', 'v1'],
  [25, 'policy/v1beta1', 'PodSecurityPolicy'],
  [26, 'autoscaling/v2beta2', 'HorizontalPodAutoscaler', 'v2'],
  [26, 'flowcontrol.apiserver.k8s.io/v1beta1', 'FlowSchema', 'v1'],
  [26, 'flowcontrol.apiserver.k8s.io/v1beta1', 'PriorityLevelConfiguration', 'v1'],
  [27, 'storage.k8s.io/v1beta1', 'CSIStorageCapacity', 'v1'],
  [29, 'flowcontrol.apiserver.k8s.io/v1beta2', 'FlowSchema', 'v1'],
  [29, 'flowcontrol.apiserver.k8s.io/v1beta2', 'PriorityLevelConfiguration', 'v1'],
  [32, 'admissionregistration.k8s.io/v1alpha1', 'ValidatingAdmissionPolicy', 'v1'],
  [32, 'admissionregistration.k8s.io/v1alpha1', 'ValidatingAdmissionPolicyBinding', 'v1'],
  [32, 'flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema', 'v1'],
  [32, 'flowcontrol.apiserver.k8s.io/v1beta3', 'PriorityLevelConfiguration', 'v1'],
  [34, 'admissionregistration.k8s.io/v1beta1', 'ValidatingAdmissionPolicy', 'v1'],
  [34, 'admissionregistration.k8s.io/v1beta1', 'ValidatingAdmissionPolicyBinding', 'v1'],
  [35, 'storage.k8s.io/v1alpha1', 'VolumeAttributesClass', 'v1'],
  [37, 'certificates.k8s.io/v1alpha1', 'ClusterTrustBundle'],
  [37, 'networking.k8s.io/v1beta1', 'IPAddress', 'v1'],
  [37, 'networking.k8s.io/v1beta1', 'ServiceCIDR', 'v1'],
  [37, 'storage.k8s.io/v1beta1', 'VolumeAttributesClass', 'v1'],
  [38, 'admissionregistration.k8s.io/v1alpha1', 'MutatingAdmissionPolicy'],
  [38, 'admissionregistration.k8s.io/v1alpha1', 'MutatingAdmissionPolicyBinding'],
  [38, 'coordination.k8s.io/v1alpha2', 'LeaseCandidate'],
  [38, 'resource.k8s.io/v1beta1', 'DeviceClass', 'v1'],
  [38, 'resource.k8s.io/v1beta1', 'ResourceClaim', 'v1'],
  [38, 'resource.k8s.io/v1beta1', 'ResourceClaimTemplate', 'v1'],
  [38, 'resource.k8s.io/v1beta1', 'ResourceSlice', 'v1'],
  [39, 'coordination.k8s.io/v1beta1', 'LeaseCandidate'],
  [39, 'resource.k8s.io/v1alpha3', 'DeviceTaintRule'],
  [39, 'resource.k8s.io/v1beta2', 'DeviceClass', 'v1'],
  [39, 'resource.k8s.io/v1beta2', 'ResourceClaim', 'v1'],
  [39, 'resource.k8s.io/v1beta2', 'ResourceClaimTemplate', 'v1'],
  [39, 'resource.k8s.io/v1beta2', 'ResourceSlice', 'v1'],
  [40, 'admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicy', 'v1'],
  [40, 'admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicyBinding', 'v1'],
  [40, 'certificates.k8s.io/v1beta1', 'ClusterTrustBundle', 'v1'],
  [40, 'storagemigration.k8s.io/v1beta1', 'StorageVersionMigration', 'v1'],
];

/** The minor without it, its apiVersion, its kind, and the version that takes its place (of the same group, or whole). */
type Row = readonly [removedIn: number, apiVersion: string, kind: string, instead?: string];

/**
 * Kinds that people write and whose objects are therefore looked through, with the minor since which the version that
 * takes their place is served. What the cluster writes itself (Leases, EndpointSlices, IPAddresses) is left alone; so
 * are kinds that no upgrade from 1.28 on takes a version from: their objects are not worth a right.
 */
const looked: Readonly<Record<string, { readonly instead: string; readonly since: number }>> = {
  FlowSchema: { instead: 'flowcontrol.apiserver.k8s.io/v1', since: 29 },
  PriorityLevelConfiguration: { instead: 'flowcontrol.apiserver.k8s.io/v1', since: 29 },
  ValidatingAdmissionPolicy: { instead: 'admissionregistration.k8s.io/v1', since: 30 },
  ValidatingAdmissionPolicyBinding: { instead: 'admissionregistration.k8s.io/v1', since: 30 },
  ServiceCIDR: { instead: 'networking.k8s.io/v1', since: 33 },
  VolumeAttributesClass: { instead: 'storage.k8s.io/v1', since: 34 },
  DeviceClass: { instead: 'resource.k8s.io/v1', since: 34 },
  ResourceClaimTemplate: { instead: 'resource.k8s.io/v1', since: 34 },
};

export const removedApis: readonly RemovedApi[] = table.map(([removedIn, apiVersion, kind, instead]) => {
  const listed = looked[kind];
  return {
    apiVersion,
    kind,
    resource: pluralOf(kind),
    removedIn,
    ...(instead === undefined ? {} : { instead: wholeVersion(apiVersion, instead) }),
    ...(listed ? { listedBy: { apiVersion: listed.instead, since: listed.since } } : {}),
  };
});

function wholeVersion(apiVersion: string, instead: string): string {
  return instead.includes('/') ? instead : `${apiVersion.split('/')[0]}/${instead}`;
}

/** The plural in the API's paths; every kind of the table follows English spelling. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(s|x)$/.test(lower)) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
