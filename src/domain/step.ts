import { z } from 'zod';
import { AddonMoment } from './addon.ts';
import { Gate } from './gate.ts';
import { NodeName, RunId, StepKey } from './names.ts';
import { SavedFile } from './rollback.ts';
import { NodeRole } from './snapshot.ts';
import { KubernetesVersion, MinorVersion } from './version.ts';

/** How kubeadm is called everywhere: the configuration's part that an approval covers. */
export const KubeadmOptions = z.strictObject({
  ignorePreflightErrors: z.array(z.string()),
  patchesDirectory: z.string().optional(),
});
export type KubeadmOptions = z.infer<typeof KubeadmOptions>;

const onNode = { node: NodeName };
const toVersion = { node: NodeName, version: KubernetesVersion };

const step = <Kind extends string, Input extends z.ZodRawShape>(kind: Kind, input: Input) =>
  z.strictObject({ kind: z.literal(kind), key: StepKey, input: z.strictObject(input) });

export const CheckDrift = step('check-drift', { basis: z.string() });
/** The version that a later backup of the same thing is taken before; absent for the run's first one. */
const before = { before: KubernetesVersion.optional() };
/** Runs whose backups stay, however many newer ones there are: what a rollback puts back lies in them. */
const keep = { keep: z.array(RunId).optional() };
export const BackUpEtcd = step('back-up-etcd', { ...onNode, ...before, ...keep });
/** A snapshot of an etcd that runs elsewhere, by the configuration's own command; `{target}` in it becomes a path. */
export const BackUpExternalEtcd = step('back-up-external-etcd', {
  ...onNode,
  command: z.array(z.string()),
  ...before,
  ...keep,
});
export const BackUpConfigMaps = step('back-up-config-maps', before);
export const BackUpNodeFiles = step('back-up-node-files', { ...onNode, role: NodeRole, ...before });
export const SwitchRepository = step('switch-repository', { ...onNode, minor: MinorVersion });
export const InstallKubeadm = step('install-kubeadm', toVersion);
export const PullImages = step('pull-images', { ...toVersion, imageRepository: z.string() });
/** Moves etcd's leadership away from the node whose turn is next. */
export const MoveEtcdLeader = step('move-etcd-leader', onNode);
export const UpgradeControlPlane = step('upgrade-control-plane', {
  ...toVersion,
  /** `apply` on the first control plane of a hop, `node` on the others (kubeadm upgrade apply | node). */
  mode: z.enum(['apply', 'node']),
  etcd: z.enum(['stacked', 'external']),
  kubeadm: KubeadmOptions,
});
/** `kubeadm upgrade node` on a worker: rewrites the kubelet's configuration, nothing else. */
export const UpgradeKubeletConfig = step('upgrade-kubelet-config', { ...toVersion, kubeadm: KubeadmOptions });
export const DrainNode = step('drain-node', onNode);
/** `downgrade`: a rollback may put an older kubelet and kubectl in place of newer ones. */
export const InstallKubelet = step('install-kubelet', { ...toVersion, downgrade: z.boolean().optional() });
export const RestartKubelet = step('restart-kubelet', toVersion);
export const VerifyNode = step('verify-node', {
  ...toVersion,
  role: NodeRole,
  /** Of a control plane whose static pods are at another version, or in no good state, until a later turn. */
  only: z.literal('kubelet').optional(),
});
export const UncordonNode = step('uncordon-node', {
  ...onNode,
  /** Runs whose cordons this run takes over: the one that a rollback takes back, and earlier rollbacks of it. */
  also: z.array(RunId).optional(),
});
export const VerifyAddons = step('verify-addons', { version: KubernetesVersion });
/** A configured add-on: a command, or a manifest whose content the approval covers. */
export const RunAddon = step('run-addon', {
  ...toVersion,
  name: z.string(),
  when: AddonMoment,
  action: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('command'), command: z.array(z.string()) }),
    z.strictObject({
      kind: z.literal('manifest'),
      /** On the bot's machine. */
      path: z.string(),
      sha256: z.string(),
      serverSide: z.boolean(),
    }),
  ]),
  verify: z.array(z.string()),
  timeoutSeconds: z.number().int(),
});
/** Cordons a worker, once no more than so many nodes of the cluster are NotReady or cordoned with it. */
export const CordonNode = step('cordon-node', { ...onNode, maxUnavailable: z.number().int().min(1) });
/** How ready the workloads are that have pods on the nodes of the next batch, for the soak after it. */
export const RecordWorkloads = step('record-workloads', {
  nodes: z.array(NodeName).min(1),
  batch: z.string(),
});
/** Waits until the workloads whose pods had to move are as ready as they were before the batch. */
export const Soak = step('soak', {
  batch: z.string(),
  minimumSeconds: z.number().int(),
  timeoutSeconds: z.number().int(),
});
/** Taints the workers whose turn comes later PreferNoSchedule, so that what moves away from one node moves only once. */
export const MarkNextNodes = step('mark-next-nodes', { nodes: z.array(NodeName).min(2) });
/** Takes the run's taints away that are left: of nodes that were left out, or not reached. */
export const UnmarkNextNodes = step('unmark-next-nodes', { nodes: z.array(NodeName).min(2) });
/** What has to be so before the run goes on. `node`: of a command, where it runs. */
export const GateStep = step('gate', { name: z.string(), gate: Gate, node: NodeName.optional() });
/** Not part of any plan: what a run does to a worker that failed and that it goes on without. */
export const QuarantineNode = step('quarantine-node', onNode);
export const VerifyCluster = step('verify-cluster', {
  version: KubernetesVersion,
  /** Where not everything is to be at `version`: what it is to be at instead. Who is not named here is not looked at. */
  expect: z
    .strictObject({
      apiServers: z.array(KubernetesVersion).min(1),
      kubelets: z.array(z.strictObject({ node: NodeName, version: KubernetesVersion })),
    })
    .optional(),
});

/** The static pods that kubeadm keeps in /etc/kubernetes/manifests. */
export const StaticPod = z.enum(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);
export type StaticPod = z.infer<typeof StaticPod>;

/** The kubelet's files of a node as a backup has them, and the CRI socket annotation that an older kubeadm looks for. */
export const RestoreNodeFiles = step('restore-node-files', { ...onNode, role: NodeRole, backup: SavedFile });
/** Manifests of a control plane back from a backup, in the order given; done when each runs and answers. */
export const RestoreStaticPods = step('restore-static-pods', {
  ...toVersion,
  pods: z.array(StaticPod).min(1),
  backup: SavedFile,
});
/** kubeadm's own ConfigMaps back from a backup: `kubeadm-config`, `kubelet-config`. */
export const RestoreConfigMaps = step('restore-config-maps', {
  names: z.array(z.string()).min(1),
  backup: SavedFile,
});
/**
 * kube-proxy and CoreDNS back from a backup, followed until they are rolled out. Backups of older bots know their images
 * only.
 */
export const RestoreAddons = step('restore-addons', {
  version: KubernetesVersion,
  /** `addons-before.json` of the run's backup. */
  backup: SavedFile,
  /** `config-maps.json` of the same backup. */
  configMaps: SavedFile,
});
/** etcd's formal downgrade is validated and enabled; done when all members store data as the older minor does. */
export const EnableEtcdDowngrade = step('enable-etcd-downgrade', { ...onNode, minor: MinorVersion });
/** Stops static pods by moving their manifests to a directory of the run's; done when no container of them runs. */
export const StopStaticPods = step('stop-static-pods', { ...onNode, pods: z.array(StaticPod).min(1) });
/** Restores an etcd snapshot into a fresh data directory; the old one is set aside, never deleted. */
export const RestoreEtcd = step('restore-etcd', {
  ...onNode,
  backup: SavedFile,
  /** Of the etcd that will start on the data: etcdutl must be of that minor. */
  minor: MinorVersion,
  member: z.string(),
  /** All members as they will be, `{ name, peerUrl }`. */
  members: z.array(z.strictObject({ name: z.string(), peerUrl: z.url() })).min(1),
  /** Unique for the restore, so that members of another life of the cluster are never joined. */
  token: z.string().regex(/^[a-z0-9-]{1,60}$/),
});
/** Restarts what keeps a watch cache: the kubelet, and the node's kube-proxy and network pods. */
export const RestartNodeAgents = step('restart-node-agents', { ...toVersion, role: NodeRole });

export type CheckDrift = z.infer<typeof CheckDrift>;
export type BackUpEtcd = z.infer<typeof BackUpEtcd>;
export type BackUpExternalEtcd = z.infer<typeof BackUpExternalEtcd>;
export type BackUpConfigMaps = z.infer<typeof BackUpConfigMaps>;
export type BackUpNodeFiles = z.infer<typeof BackUpNodeFiles>;
export type SwitchRepository = z.infer<typeof SwitchRepository>;
export type InstallKubeadm = z.infer<typeof InstallKubeadm>;
export type PullImages = z.infer<typeof PullImages>;
export type MoveEtcdLeader = z.infer<typeof MoveEtcdLeader>;
export type UpgradeControlPlane = z.infer<typeof UpgradeControlPlane>;
export type UpgradeKubeletConfig = z.infer<typeof UpgradeKubeletConfig>;
export type DrainNode = z.infer<typeof DrainNode>;
export type InstallKubelet = z.infer<typeof InstallKubelet>;
export type RestartKubelet = z.infer<typeof RestartKubelet>;
export type VerifyNode = z.infer<typeof VerifyNode>;
export type UncordonNode = z.infer<typeof UncordonNode>;
export type VerifyAddons = z.infer<typeof VerifyAddons>;
export type RunAddon = z.infer<typeof RunAddon>;
export type CordonNode = z.infer<typeof CordonNode>;
export type RecordWorkloads = z.infer<typeof RecordWorkloads>;
export type Soak = z.infer<typeof Soak>;
export type MarkNextNodes = z.infer<typeof MarkNextNodes>;
export type UnmarkNextNodes = z.infer<typeof UnmarkNextNodes>;
export type GateStep = z.infer<typeof GateStep>;
export type QuarantineNode = z.infer<typeof QuarantineNode>;
export type VerifyCluster = z.infer<typeof VerifyCluster>;
export type RestoreNodeFiles = z.infer<typeof RestoreNodeFiles>;
export type RestoreStaticPods = z.infer<typeof RestoreStaticPods>;
export type RestoreConfigMaps = z.infer<typeof RestoreConfigMaps>;
export type RestoreAddons = z.infer<typeof RestoreAddons>;
export type EnableEtcdDowngrade = z.infer<typeof EnableEtcdDowngrade>;
export type StopStaticPods = z.infer<typeof StopStaticPods>;
export type RestoreEtcd = z.infer<typeof RestoreEtcd>;
export type RestartNodeAgents = z.infer<typeof RestartNodeAgents>;

/** One recorded unit of work, data only: what was approved, what is stored, what a handler is given. */
export const Step = z.discriminatedUnion('kind', [
  CheckDrift,
  BackUpEtcd,
  BackUpExternalEtcd,
  BackUpConfigMaps,
  BackUpNodeFiles,
  SwitchRepository,
  InstallKubeadm,
  PullImages,
  MoveEtcdLeader,
  UpgradeControlPlane,
  UpgradeKubeletConfig,
  DrainNode,
  InstallKubelet,
  RestartKubelet,
  VerifyNode,
  UncordonNode,
  VerifyAddons,
  RunAddon,
  CordonNode,
  RecordWorkloads,
  Soak,
  MarkNextNodes,
  UnmarkNextNodes,
  GateStep,
  QuarantineNode,
  VerifyCluster,
  RestoreNodeFiles,
  RestoreStaticPods,
  RestoreConfigMaps,
  RestoreAddons,
  EnableEtcdDowngrade,
  StopStaticPods,
  RestoreEtcd,
  RestartNodeAgents,
]);
export type Step = z.infer<typeof Step>;
export type StepKind = Step['kind'];
export type StepOf<Kind extends StepKind> = Extract<Step, { kind: Kind }>;

/** The node that a step works on; undefined for steps about the whole cluster. */
export function nodeOf(of: Step): NodeName | undefined {
  return 'node' in of.input ? of.input.node : undefined;
}
