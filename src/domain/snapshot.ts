import { z } from 'zod';
import { ApiServerUses, CrdSnapshot, StoredApiUse, WebhookSnapshot } from './api-facts.ts';
import { ControlPlaneSettings, KubeletConfiguration, MachineFacts } from './machine-facts.ts';
import { ClusterName, Instant, NodeName } from './names.ts';
import { KubernetesVersion, MinorVersion } from './version.ts';
import {
  CustomCheckResult,
  FiringAlert,
  LocalVolume,
  NodeRoom,
  OverlappingBudgets,
  Placement,
  RunningImage,
  Taint,
} from './workload-facts.ts';

export const NodeRole = z.enum(['control-plane', 'worker']);
export type NodeRole = z.infer<typeof NodeRole>;

/** debian: apt and dpkg; rhel: dnf and rpm. */
export const OsFamily = z.enum(['debian', 'rhel']);
export type OsFamily = z.infer<typeof OsFamily>;

/** Versions of a control plane's static pods, read from the images of their mirror pods. */
export const ControlPlaneVersions = z.strictObject({
  apiServer: KubernetesVersion.optional(),
  controllerManager: KubernetesVersion.optional(),
  scheduler: KubernetesVersion.optional(),
  /** The etcd image's tag, `3.5.24-0`; absent where etcd is external. */
  etcdImageTag: z.string().optional(),
});
export type ControlPlaneVersions = z.infer<typeof ControlPlaneVersions>;

/** What was learned over SSH. An unreachable host is a fact, not an error: the snapshot goes on without it. */
export const HostFacts = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('unreachable'), code: z.string(), reason: z.string() }),
  z.strictObject({
    status: z.literal('reached'),
    family: OsFamily,
    osName: z.string(),
    /** Installed package versions, without epoch and revision; absent where not installed. */
    packages: z.strictObject({
      kubeadm: z.string().optional(),
      kubelet: z.string().optional(),
      kubectl: z.string().optional(),
    }),
    /** Which of the three are held back from upgrades (apt-mark hold, dnf versionlock). */
    held: z.array(z.string()),
    /** The minor release line that the configured Kubernetes repository is on; absent where none was found. */
    repositoryMinor: MinorVersion.optional(),
    /** Versions of kubeadm that the repository of the wanted minor offers to this node; absent when not asked. */
    offered: z.array(KubernetesVersion).optional(),
    /** Why the repository could not be asked, in its own words. */
    offeredProblem: z.string().optional(),
    /** The code of that failure, where there is one: an expired key is something else than a mirror that is away. */
    offeredProblemCode: z.string().optional(),
    /** Free bytes by place of interest: `/`, `/var/lib/etcd`, `/var/lib/containerd`, and `/var` and others where they are mounted. */
    freeBytes: z.record(z.string(), z.number()),
    /** The same of inodes; a place whose file system does not count them is left out. */
    freeInodes: z.record(z.string(), z.number()).optional(),
    /** Static pod manifests found in /etc/kubernetes/manifests, file names. */
    manifests: z.array(z.string()),
    /** Whether an earlier package operation stands half-configured. */
    interruptedPackages: z.boolean(),
    /** Versions of kubeadm that are offered without one of the other packages, by version: which one is missing. */
    offeredWithout: z.record(z.string(), z.array(z.string())).optional(),
    machine: MachineFacts.optional(),
  }),
]);
export type HostFacts = z.infer<typeof HostFacts>;

export const NodeSnapshot = z.strictObject({
  name: NodeName,
  role: NodeRole,
  ready: z.boolean(),
  /** Why it is not Ready, as the cluster says it. */
  notReadyBecause: z.string().optional(),
  unschedulable: z.boolean(),
  /** The run that cordoned it, from the bot's own annotation; absent where the cordon is somebody else's or there is none. */
  cordonedByRun: z.string().optional(),
  /** Conditions other than Ready that are true: MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable. */
  pressures: z.array(z.string()),
  internalAddress: z.string().optional(),
  zone: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  taints: z.array(Taint).optional(),
  room: NodeRoom.optional(),
  kubeletVersion: KubernetesVersion,
  containerRuntime: z.string(),
  /** Whether its annotation names the CRI socket, where kubeadm up to 1.33 looks for it. */
  criSocketAnnotated: z.boolean().optional(),
  controlPlane: ControlPlaneVersions.optional(),
  host: HostFacts,
  pods: z.strictObject({
    /** Pods that a drain would evict. */
    evictable: z.number().int(),
    /** `namespace/name` of pods without a controller: gone for good when evicted. */
    unmanaged: z.array(z.string()),
    /** `namespace/name` of evictable pods with emptyDir data. */
    emptyDir: z.array(z.string()),
    /** Evictable pods whose data stays behind on the node. */
    localVolumes: z.array(LocalVolume).optional(),
    /** `namespace/name` of evictable pods that are the only one of their workload. */
    onlyOnes: z.array(z.string()).optional(),
    /** Evictable pods with a termination grace period of more than five minutes. */
    slow: z.array(z.strictObject({ pod: z.string(), graceSeconds: z.number() })).optional(),
  }),
});
export type NodeSnapshot = z.infer<typeof NodeSnapshot>;

export const EtcdMember = z.strictObject({
  /** uint64 in decimal: JSON numbers would lose digits. */
  id: z.string().regex(/^\d{1,20}$/),
  name: z.string(),
  /** The node that it runs on, where etcd is stacked. */
  node: NodeName.optional(),
  version: z.string(),
  isLearner: z.boolean(),
  isLeader: z.boolean(),
  healthy: z.boolean(),
  dbSizeBytes: z.number(),
  /** Alarms that it raised: NOSPACE, CORRUPT. */
  alarms: z.array(z.string()).optional(),
});
export type EtcdMember = z.infer<typeof EtcdMember>;

export const EtcdSnapshot = z.discriminatedUnion('topology', [
  z.strictObject({ topology: z.literal('stacked'), members: z.array(EtcdMember) }),
  z.strictObject({ topology: z.literal('external'), endpoints: z.array(z.string()) }),
]);
export type EtcdSnapshot = z.infer<typeof EtcdSnapshot>;

export const PdbSnapshot = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  disruptionsAllowed: z.number().int(),
  currentHealthy: z.number().int(),
  desiredHealthy: z.number().int(),
  expectedPods: z.number().int(),
  /** What it asks for, as written: `2` or `50%`. */
  minAvailable: z.string().optional(),
  maxUnavailable: z.string().optional(),
  /** Nodes that run pods of this budget, each once. */
  nodes: z.array(NodeName),
});
export type PdbSnapshot = z.infer<typeof PdbSnapshot>;

export const Certificate = z.strictObject({ node: NodeName, name: z.string(), expiresAt: z.string() });
export type Certificate = z.infer<typeof Certificate>;

/** The parts of ClusterConfiguration (ConfigMap kube-system/kubeadm-config) that an upgrade depends on. */
export const KubeadmConfig = z.strictObject({
  kubernetesVersion: KubernetesVersion,
  imageRepository: z.string(),
  /** Pins etcd's image instead of kubeadm's own choice. */
  etcdImageTag: z.string().optional(),
  featureGates: z.record(z.string(), z.boolean()),
  settings: ControlPlaneSettings.optional(),
  /** ConfigMap kube-system/kubelet-config: kubeadm writes every node's config.yaml from it, and over it. */
  kubelet: KubeletConfiguration.optional(),
});
export type KubeadmConfig = z.infer<typeof KubeadmConfig>;

/** Everything observed about a cluster at one time, as data. The planner sees nothing else of the world. */
export const Snapshot = z.strictObject({
  cluster: ClusterName,
  takenAt: Instant,
  /** What every reachable API server answers to /version, by endpoint. */
  apiServers: z.record(z.string(), KubernetesVersion),
  kubeadm: KubeadmConfig,
  nodes: z.array(NodeSnapshot),
  etcd: EtcdSnapshot,
  addons: z.strictObject({
    kubeProxyImage: z.string().optional(),
    coreDnsImage: z.string().optional(),
  }),
  pdbs: z.array(PdbSnapshot),
  /** Pods that more than one budget selects. */
  overlappingBudgets: z.array(OverlappingBudgets).optional(),
  /** Where the pods of all demands may run. */
  placements: z.array(Placement).optional(),
  /** Each API server that told what it was asked for; absent where none could be asked. */
  apiUses: z.array(ApiServerUses).optional(),
  /** Objects written through API versions that are removed some day. */
  storedApis: z.array(StoredApiUse).optional(),
  crds: z.array(CrdSnapshot).optional(),
  /** Fail-closed webhooks that see evictions, pods or nodes. */
  webhooks: z.array(WebhookSnapshot).optional(),
  /** Images of network plugins and cloud controllers. */
  images: z.array(RunningImage).optional(),
  alerts: z.array(FiringAlert).optional(),
  customChecks: z.array(CustomCheckResult).optional(),
  certificates: z.array(Certificate),
  /** Manifests of configured add-ons on the bot's machine, by path; one that could not be read is absent. */
  manifests: z.record(z.string(), z.strictObject({ bytes: z.number().int(), sha256: z.string() })).optional(),
  /** What could not be observed and why; the planner turns each into a finding. */
  gaps: z.array(
    z.strictObject({
      what: z.string(),
      why: z.string(),
      /** Something that the bot does well without, such as the right to read Secrets. */
      optional: z.boolean().optional(),
    }),
  ),
});
export type Snapshot = z.infer<typeof Snapshot>;
