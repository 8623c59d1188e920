/** Kubernetes objects as they travel in JSON, only as far as the simulation looks into them. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: unknown;
  status?: unknown;
  data?: Record<string, string>;
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastHeartbeatTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: string | null;
  observedGeneration?: number;
}

export interface Taint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  timeAdded?: string;
}

export interface Toleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface KubeNode extends KubeObject {
  spec: { podCIDR?: string; podCIDRs?: string[]; unschedulable?: boolean; taints?: Taint[] };
  status: {
    conditions: Condition[];
    addresses: { type: string; address: string }[];
    images: { names: string[]; sizeBytes: number }[];
    nodeInfo: { kubeletVersion: string; [key: string]: string };
    [key: string]: unknown;
  };
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  [key: string]: unknown;
}

export interface PodSpec {
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  containers: Container[];
  hostNetwork?: boolean;
  terminationGracePeriodSeconds?: number;
  volumes?: { name: string; emptyDir?: unknown; [key: string]: unknown }[];
  [key: string]: unknown;
}

export interface ContainerStatus {
  name: string;
  image: string;
  ready: boolean;
  restartCount: number;
  started?: boolean;
  state: Record<string, unknown>;
  [key: string]: unknown;
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status: {
    phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    reason?: string;
    podIP?: string;
    [key: string]: unknown;
  };
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: {
    key: string;
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    values?: string[];
  }[];
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

/** Deployment, ReplicaSet, StatefulSet and DaemonSet share this much. */
export interface WorkloadObject extends KubeObject {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    serviceName?: string;
    strategy?: {
      type?: string;
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
    updateStrategy?: {
      type?: string;
      rollingUpdate?: { maxUnavailable?: number | string; partition?: number };
    };
    [key: string]: unknown;
  };
  status?: Record<string, unknown>;
}

export interface DisruptionBudget extends KubeObject {
  spec: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    selector?: LabelSelector;
    unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow';
  };
  status?: {
    currentHealthy: number;
    desiredHealthy: number;
    disruptionsAllowed: number;
    expectedPods: number;
    observedGeneration: number;
    conditions?: Condition[];
    disruptedPods?: Record<string, string>;
  };
}

/** Seconds precision, as metav1.Time is written. */
export function kubeTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Microsecond precision, as metav1.MicroTime of a Lease is written. */
export function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

export function isReady(object: { status?: unknown }): boolean {
  const { conditions } = (object.status ?? {}) as { conditions?: Condition[] };
  return conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

export const isTerminating = (object: KubeObject) => object.metadata.deletionTimestamp !== undefined;
export const isMirror = (pod: KubeObject) =>
  'kubernetes.io/config.mirror' in (pod.metadata.annotations ?? {});
export const controllerOf = (object: KubeObject) =>
  object.metadata.ownerReferences?.find((reference) => reference.controller === true);
