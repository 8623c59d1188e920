import { z } from 'zod';

/** A flag as it stands in a command line or in a file of arguments. */
export const Flag = z.strictObject({ name: z.string(), value: z.string().optional() });
export type Flag = z.infer<typeof Flag>;

/** A static pod manifest: what kubeadm writes into it, or a person did. */
export const StaticPod = z.strictObject({
  /** Its name in /etc/kubernetes/manifests. */
  file: z.string(),
  /** metadata.name. */
  name: z.string(),
  /** Arguments of the container that is named like the pod, or of the first. */
  flags: z.array(Flag),
  image: z.string(),
  /** The port of its liveness probe: a number up to kubeadm 1.33, a name since. */
  probePort: z.string().optional(),
  /** Paths that are probed, by kind of probe. */
  probes: z.record(z.string(), z.string()),
  /** Names of environment variables. */
  environment: z.array(z.string()),
  /** Names of the container's volume mounts. */
  mounts: z.array(z.string()),
  /** Containers beside it, init containers too. */
  otherContainers: z.array(z.string()),
  /** What it requests and is limited to: `requests.cpu` → `250m`. */
  resources: z.record(z.string(), z.string()),
  /** Keys of its annotations. */
  annotations: z.array(z.string()),
  /** kubeadm up to 1.33 writes `creationTimestamp: null`. */
  hasCreationTimestamp: z.boolean(),
});
export type StaticPod = z.infer<typeof StaticPod>;

/** Fields of a KubeletConfiguration that decide whether a kubelet starts; absent where they are not set. */
export const KubeletConfiguration = z.strictObject({
  failSwapOn: z.boolean().optional(),
  failCgroupV1: z.boolean().optional(),
  featureGates: z.record(z.string(), z.boolean()),
});
export type KubeletConfiguration = z.infer<typeof KubeletConfiguration>;

/** How a node's kubelet is configured by its files, /var/lib/kubelet/config.yaml and those that give it flags. */
export const KubeletSettings = z.strictObject({
  ...KubeletConfiguration.shape,
  /** Files that give it flags, in the order in which they were read. */
  arguments: z.array(z.strictObject({ file: z.string(), flags: z.array(Flag) })),
  /** Why its configuration file could not be read. */
  unreadable: z.string().optional(),
});
export type KubeletSettings = z.infer<typeof KubeletSettings>;

/** The machine's clock against the bot's. */
export const ClockReading = z.strictObject({
  /** Milliseconds that the machine's clock is ahead; negative behind. */
  offsetMs: z.number(),
  /** Half of the round trip: the true offset is at most this much off. */
  uncertaintyMs: z.number(),
});
export type ClockReading = z.infer<typeof ClockReading>;

/** What a machine tells of itself beyond its packages. */
export const MachineFacts = z.strictObject({
  clock: ClockReading.optional(),
  /** Devices and files that are swapped to. */
  swaps: z.array(z.string()),
  cgroup: z.union([z.literal(1), z.literal(2)]).optional(),
  kubelet: KubeletSettings,
  /** From when to when the kubelet's client certificate holds; absent where its file was not found or not understood. */
  kubeletCertificate: z.strictObject({ from: z.string(), to: z.string() }).optional(),
  /** Whether a file on the machine names the container runtime's socket. */
  criSocketKnown: z.boolean(),
  /** Static pods of its manifests directory, and the files there that are none that can be read. */
  staticPods: z.array(StaticPod),
  unreadableManifests: z.array(z.string()),
  /** What lies in /etc/kubernetes/tmp. */
  leftovers: z.strictObject({ entries: z.number().int(), bytes: z.number() }),
  /** Where the container runtime keeps images. */
  imageStore: z.string(),
  /** Whether the configured directory with kubeadm patches is there; absent where none is configured. */
  patchesThere: z.boolean().optional(),
  /** Programs of configured commands that root does not find; absent where all are there, or none was asked for. */
  programsMissing: z.array(z.string()).optional(),
});
export type MachineFacts = z.infer<typeof MachineFacts>;

/** An argument that ClusterConfiguration adds to a component, `extraArgs`; a name may stand there more than once. */
export const ComponentSettings = z.strictObject({
  flags: z.array(Flag),
  volumes: z.array(z.string()),
  environment: z.array(z.string()),
});
export type ComponentSettings = z.infer<typeof ComponentSettings>;

/** What ClusterConfiguration says of the control plane's components: kubeadm writes the manifests from it. */
export const ControlPlaneSettings = z.strictObject({
  certificatesDirectory: z.string(),
  clusterName: z.string(),
  serviceSubnet: z.string().optional(),
  podSubnet: z.string().optional(),
  dnsDomain: z.string().optional(),
  etcdDataDirectory: z.string().optional(),
  /** By component; `etcd` only where it is stacked. */
  components: z.strictObject({
    'kube-apiserver': ComponentSettings,
    'kube-controller-manager': ComponentSettings,
    'kube-scheduler': ComponentSettings,
    etcd: ComponentSettings,
  }),
});
export type ControlPlaneSettings = z.infer<typeof ControlPlaneSettings>;
