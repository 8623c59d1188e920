import type { ClusterName, NodeName, RunId } from '../domain/names.ts';
import type { KubernetesVersion } from '../domain/version.ts';

/** The parts of a Node object that are used. */
export interface NodeObject {
  readonly name: NodeName;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly unschedulable: boolean;
  readonly ready: boolean;
  /** Types of the conditions other than Ready whose status is True. */
  readonly pressures: readonly string[];
  readonly kubeletVersion: string;
  readonly containerRuntime: string;
  readonly internalAddress?: string;
}

/** The parts of a Pod object that are used. */
export interface PodObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node?: NodeName;
  readonly labels: Readonly<Record<string, string>>;
  readonly phase: string;
  readonly ready: boolean;
  /** Set once its deletion was asked for, ISO 8601. */
  readonly deletionTimestamp?: string;
  /** The controller (ownerReference with controller: true). */
  readonly controller?: { readonly kind: string; readonly name: string };
  readonly isMirror: boolean;
  readonly hasEmptyDir: boolean;
  /** Image by container name. */
  readonly images: Readonly<Record<string, string>>;
}

export interface PdbObject {
  readonly namespace: string;
  readonly name: string;
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
}

export interface ConfigMapObject {
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
}

/** How far a Deployment or DaemonSet has come with its newest generation. */
export interface Rollout {
  readonly image: string;
  readonly desired: number;
  readonly updated: number;
  readonly available: number;
  /** Whether its controller has seen the newest generation. */
  readonly observed: boolean;
}

/** kubernetes/kubernetes pkg/registry/core/pod/storage/eviction.go, as an API client sees it. */
export type EvictionOutcome =
  | { readonly status: 'accepted' }
  | { readonly status: 'gone' }
  /** 429: a budget forbids it for now. `message` names the PDB and its arithmetic where the server says so. */
  | { readonly status: 'blocked'; readonly message: string; readonly retryAfterSeconds?: number }
  /** 403 because the namespace is terminating: the pod goes with it. */
  | { readonly status: 'namespace-terminating' }
  | { readonly status: 'refused'; readonly code: number; readonly message: string };

/**
 * A cluster's API server as the bot uses it. Every call has a timeout and is safe to repeat. Throws StepFailure
 * `kubernetes.unavailable` (no answer, 5xx, connection refused on every endpoint) or `kubernetes.refused` (4xx that is
 * no outcome of its own, certificates that are not trusted).
 */
export interface Kubernetes {
  /** What each API server endpoint answers to /version; an endpoint that does not answer is absent. */
  serverVersions(): Promise<Readonly<Record<string, KubernetesVersion>>>;
  listNodes(): Promise<NodeObject[]>;
  getNode(name: NodeName): Promise<NodeObject | undefined>;
  listPods(filter?: { node?: NodeName; namespace?: string; labelSelector?: string }): Promise<PodObject[]>;
  getPod(namespace: string, name: string): Promise<PodObject | undefined>;
  /** @param gracePeriodSeconds −1 keeps the pod's own. The uid is a precondition: a namesake is never evicted. */
  evictPod(
    pod: { namespace: string; name: string; uid: string },
    gracePeriodSeconds: number,
  ): Promise<EvictionOutcome>;
  /** Sets unschedulable and the bot's mark of the run in one write; keeps a mark that is already there. */
  cordon(node: NodeName, run: RunId): Promise<void>;
  /** Takes unschedulable and the bot's mark away in one write, only if the mark is this run's. False if it was not. */
  uncordon(node: NodeName, run: RunId): Promise<boolean>;
  annotateNode(node: NodeName, annotations: Record<string, string>): Promise<void>;
  listPdbs(): Promise<PdbObject[]>;
  getConfigMap(namespace: string, name: string): Promise<ConfigMapObject | undefined>;
  getDaemonSet(namespace: string, name: string): Promise<Rollout | undefined>;
  getDeployment(namespace: string, name: string): Promise<Rollout | undefined>;
  /** When the node's lease in kube-node-lease was renewed last, milliseconds since the epoch. */
  nodeLeaseRenewedAt(node: NodeName): Promise<number | undefined>;
}

/** The mark that a cordon of the bot carries: an annotation on the Node with the run's id. */
export const cordonAnnotation = 'k8s-upgrade-bot/cordoned-by';

/** Gives the API of a configured cluster. Connections are kept and shared. */
export type KubernetesOf = (cluster: ClusterName) => Kubernetes;
