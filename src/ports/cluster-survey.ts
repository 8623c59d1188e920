import type { ApiServerUses } from '../domain/api-facts.ts';
import type { ClusterName, NodeName } from '../domain/names.ts';

/** An object by the API versions that it was written through. */
export interface WrittenObject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** By field manager (metadata.managedFields); without those of the API server itself. */
  readonly writers: readonly { readonly manager: string; readonly apiVersion: string }[];
  /** From kubectl's last-applied-configuration. */
  readonly lastApplied?: { readonly apiVersion: string; readonly kind: string };
}

/** An object in the manifest of a deployed Helm release. */
export interface ReleasedObject {
  readonly release: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
}

export interface CrdObject {
  readonly name: string;
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  readonly storedVersions: readonly string[];
  /** Of its conversion webhook; absent without one, or where it is a URL. */
  readonly conversion?: ServiceReference;
}

/** admissionregistration.k8s.io/v1 RuleWithOperations. */
export interface WebhookRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

export interface WebhookObject {
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  readonly configuration: string;
  readonly name: string;
  readonly failClosed: boolean;
  readonly rules: readonly WebhookRule[];
  /** Whether a selector or a condition leaves some objects out. */
  readonly narrowed: boolean;
  /** Absent where it is a URL. */
  readonly service?: ServiceReference;
}

/** A PersistentVolume that is a directory of one node, and the claim that it is bound to. */
export interface LocalVolumeObject {
  readonly name: string;
  readonly namespace: string;
  readonly claim: string;
}

/**
 * What is read of a cluster only to plan: nothing that a run needs. Every read is bounded in time and size, changes
 * nothing and throws what the port Kubernetes throws: `kubernetes.refused` at once where a right is missing.
 */
export interface ClusterSurvey {
  /** What each API server that could be asked tells of deprecated APIs; a server behind two endpoints is told once. */
  apiUses(): Promise<readonly ApiServerUses[]>;
  /** Metadata alone of all objects of a resource, `flowschemas` of `flowcontrol.apiserver.k8s.io/v1`. */
  writtenObjects(of: {
    apiVersion: string;
    kind: string;
    resource: string;
  }): Promise<readonly WrittenObject[]>;
  /** Objects of an API version and kind that are wanted, from the manifests of all deployed Helm releases. */
  releasedObjects(
    isWanted: (object: { apiVersion: string; kind: string }) => boolean,
  ): Promise<readonly ReleasedObject[]>;
  crds(): Promise<readonly CrdObject[]>;
  webhooks(): Promise<readonly WebhookObject[]>;
  /** Ready endpoints of a Service (EndpointSlices). */
  readyEndpoints(service: ServiceReference): Promise<readonly { readonly node?: NodeName }[]>;
  /** Bound volumes of the kinds local and hostPath. */
  localVolumes(): Promise<readonly LocalVolumeObject[]>;
}

/** Gives the survey of a configured cluster. */
export type ClusterSurveyOf = (cluster: ClusterName) => ClusterSurvey;
