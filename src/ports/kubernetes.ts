import type { Workload } from '../domain/blockage.ts';
import type { Failure } from '../domain/failure.ts';
import type { ClusterName, NodeName, RunId } from '../domain/names.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import type { Amounts, Placement } from '../domain/workload-facts.ts';

/** The parts of a Node object that are used. */
export interface NodeObject {
  readonly name: NodeName;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly unschedulable: boolean;
  readonly ready: boolean;
  /** Why it is not Ready, in the words of the kubelet or of the node controller, without a full stop. */
  readonly notReadyBecause?: string;
  /** Types of the conditions other than Ready whose status is True. */
  readonly pressures: readonly string[];
  readonly kubeletVersion: string;
  readonly containerRuntime: string;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly internalAddress?: string;
  readonly allocatable?: Amounts;
}

/** What a pod needs of a node. Pods of one template share the object. */
export interface PodNeeds {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly graceSeconds: number;
  readonly placement: Placement;
}

/** The parts of a Pod object that are used. */
export interface PodObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node?: NodeName;
  readonly labels: Readonly<Record<string, string>>;
  /** Those of up to 256 characters: longer ones hold data, not marks. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly priorityClass?: string;
  readonly phase: string;
  readonly ready: boolean;
  /** Why it is not Ready, as its scheduler or its kubelet says it; absent where neither gives a reason. */
  readonly notReadyBecause?: string;
  /** Set once its deletion was asked for, ISO 8601. */
  readonly deletionTimestamp?: string;
  /** What keeps it from going once it is deleted; absent where there is nothing. */
  readonly finalizers?: readonly string[];
  /** The controller (ownerReference with controller: true); a DaemonSet of another API group is `DaemonSet.<group>`. */
  readonly controller?: { readonly kind: string; readonly name: string };
  readonly isMirror: boolean;
  readonly hasEmptyDir: boolean;
  readonly needs?: PodNeeds;
  /** Paths of the node that it mounts. */
  readonly hostPaths?: readonly string[];
  /** Names of its PersistentVolumeClaims. */
  readonly claims?: readonly string[];
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
  /** As written: `2` or `50%`. */
  readonly minAvailable?: string;
  readonly maxUnavailable?: string;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
}

export interface NamespaceObject {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
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

/** Of a ReplicaSet or a StatefulSet. */
export interface Replicas {
  readonly desired: number;
  readonly ready: number;
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

/** What following a list of objects tells. After a break everything is told again, so nothing is missed. */
export type Followed<T> =
  /** Everything that there is; whatever is not in it is gone. */
  | { readonly kind: 'all'; readonly objects: readonly T[] }
  | { readonly kind: 'put'; readonly object: T }
  /** By a pod's uid, a budget's `namespace/name`. */
  | { readonly kind: 'gone'; readonly id: string }
  /** The API server cannot be followed for now. It is tried again without end. */
  | { readonly kind: 'lost'; readonly failure: Failure };

/** Why a workload has a replica more: until `for` has let go of it, `run` owes it the replica count that it had. */
export interface ScaleMark {
  readonly run: RunId;
  readonly for: NodeName;
}

/** An object that a rollback may put back. */
export interface Restorable {
  readonly kind: 'ConfigMap' | 'DaemonSet' | 'Deployment';
  readonly namespace: string;
  readonly name: string;
}

/** An object as it is now: a ConfigMap's data, or a workload's template of pods. */
export interface RestorableContent {
  readonly content: Readonly<Record<string, unknown>>;
  readonly resourceVersion: string;
  /** Who wrote it last, controllers aside, by the API server's record: `kubeadm`, `kubectl-edit`. */
  readonly writer?: string;
}

/** How the API server calls the bot in that record. */
export const ownWriter = 'k8s-upgrade-bot';

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
  /**
   * Follows the pods of a node: list, then watch, from the next API server when one fails. Ends when the signal fires,
   * throws nothing of the network.
   */
  followPods(filter: { node: NodeName }, signal: AbortSignal): AsyncIterable<Followed<PodObject>>;
  /** Follows the budgets of all namespaces, in one stream for all who do. */
  followPdbs(signal: AbortSignal): AsyncIterable<Followed<PdbObject>>;
  /** Deletes a pod whatever its budget says. The uid is a precondition. @param gracePeriodSeconds as for evictPod */
  deletePod(
    pod: { namespace: string; name: string; uid: string },
    gracePeriodSeconds: number,
  ): Promise<'accepted' | 'gone'>;
  /** Metadata of a namespace; undefined when it is not there. */
  getNamespace(name: string): Promise<NamespaceObject | undefined>;
  /** What can be scaled above a pod: a StatefulSet, a Deployment above its ReplicaSet, a bare ReplicaSet. */
  workloadOf(
    pod: Pick<PodObject, 'namespace' | 'controller'>,
  ): Promise<(Workload & { readonly replicas: number }) | undefined>;
  /**
   * One replica more, with what it had written beside it in the same write; once for all marks of a run. False when
   * another run has the workload scaled, or it is gone.
   */
  addReplica(workload: Workload, mark: ScaleMark): Promise<boolean>;
  /**
   * Lets go of a replica: the last mark of the run puts back what the workload had, unless somebody scaled it meanwhile.
   * True when that was done now.
   */
  dropReplica(workload: Workload, mark: ScaleMark): Promise<boolean>;
  /** Adds the run's PreferNoSchedule taint. False when the node has one of the bot already, of whichever run. */
  markNext(node: NodeName, run: RunId): Promise<boolean>;
  /** Takes the run's own PreferNoSchedule taint away. False when there is none. */
  unmarkNext(node: NodeName, run: RunId): Promise<boolean>;
  /** Sets unschedulable and the bot's mark of the run in one write; keeps a mark that is already there. */
  cordon(node: NodeName, run: RunId): Promise<void>;
  /**
   * Takes unschedulable, the bot's mark and the run's PreferNoSchedule taint away in one write, only if the mark is this
   * run's. False if it was not.
   */
  uncordon(node: NodeName, run: RunId): Promise<boolean>;
  /** Adds labels, replaces their values; null takes one away. */
  labelNode(node: NodeName, labels: Readonly<Record<string, string | null>>): Promise<void>;
  annotateNode(node: NodeName, annotations: Record<string, string>): Promise<void>;
  listPdbs(): Promise<PdbObject[]>;
  getConfigMap(namespace: string, name: string): Promise<ConfigMapObject | undefined>;
  getDaemonSet(namespace: string, name: string): Promise<Rollout | undefined>;
  getDeployment(namespace: string, name: string): Promise<Rollout | undefined>;
  /** How many pods a controller wants and how many of them are ready; undefined when it is not there. */
  replicasOf(
    namespace: string,
    controller: { readonly kind: string; readonly name: string },
  ): Promise<Replicas | undefined>;
  getRestorable(of: Restorable): Promise<RestorableContent | undefined>;
  /** Replaces an object's content, only if it still is as it was read. False when it is not. */
  putBack(of: Restorable, next: Pick<RestorableContent, 'content' | 'resourceVersion'>): Promise<boolean>;
  /** When the node's lease in kube-node-lease was renewed last, milliseconds since the epoch. */
  nodeLeaseRenewedAt(node: NodeName): Promise<number | undefined>;
}

/** The mark that a cordon of the bot carries: an annotation on the Node with the run's id. */
export const cordonAnnotation = 'k8s-upgrade-bot/cordoned-by';

/** The label of a worker that a run has set aside because it failed, with the run's id. */
export const quarantineLabel = 'k8s-upgrade-bot/quarantine';

/** Replicas that a workload had before the bot added one: an annotation with a JSON object of run, replicas and nodes. */
export const scaleAnnotation = 'k8s-upgrade-bot/scaled-by';

/** Taint PreferNoSchedule of nodes whose turn comes later in the run that is its value. */
export const nextTaint = 'k8s-upgrade-bot/next-in-line';

/** Gives the API of a configured cluster. Connections are kept and shared. */
export type KubernetesOf = (cluster: ClusterName) => Kubernetes;
