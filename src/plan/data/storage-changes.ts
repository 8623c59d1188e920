/** A kind that API servers of a minor begin to store in another version than those before. */
export interface StorageChange {
  /** The minor that writes the new version: 34 for 1.34. */
  readonly minor: number;
  readonly group: string;
  readonly resource: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Kinds whose stored version changes with a minor. An API server writes only versions that the minor before it can read
 * (Kubernetes deprecation policy, rule 4b), alpha versions excepted; these are the ones worth counting.
 * Source: pkg/registry and pkg/controlplane/instance.go of each release branch, and the storageVersionHash that API
 * servers of 1.33.13 and 1.34.9 show in discovery.
 */
export const storageChanges: readonly StorageChange[] = [
  { minor: 34, group: 'networking.k8s.io', resource: 'ipaddresses', from: 'v1beta1', to: 'v1' },
  { minor: 34, group: 'networking.k8s.io', resource: 'servicecidrs', from: 'v1beta1', to: 'v1' },
  { minor: 34, group: 'resource.k8s.io', resource: 'deviceclasses', from: 'v1beta1', to: 'v1beta2' },
  { minor: 34, group: 'resource.k8s.io', resource: 'resourceclaims', from: 'v1beta1', to: 'v1beta2' },
  { minor: 34, group: 'resource.k8s.io', resource: 'resourceclaimtemplates', from: 'v1beta1', to: 'v1beta2' },
  { minor: 34, group: 'resource.k8s.io', resource: 'resourceslices', from: 'v1beta1', to: 'v1beta2' },
];
