import { z } from 'zod';
import { AddonMoment } from './addon.ts';
import { NodeName, StepKey } from './names.ts';
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
export const BackUpEtcd = step('back-up-etcd', onNode);
/** A snapshot of an etcd that runs elsewhere, by the configuration's own command; `{target}` in it becomes a path. */
export const BackUpExternalEtcd = step('back-up-external-etcd', { ...onNode, command: z.array(z.string()) });
export const BackUpConfigMaps = step('back-up-config-maps', {});
export const BackUpNodeFiles = step('back-up-node-files', { ...onNode, role: NodeRole });
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
export const InstallKubelet = step('install-kubelet', toVersion);
export const RestartKubelet = step('restart-kubelet', toVersion);
export const VerifyNode = step('verify-node', { ...toVersion, role: NodeRole });
export const UncordonNode = step('uncordon-node', onNode);
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
export const VerifyCluster = step('verify-cluster', { version: KubernetesVersion });

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
export type VerifyCluster = z.infer<typeof VerifyCluster>;

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
  VerifyCluster,
]);
export type Step = z.infer<typeof Step>;
export type StepKind = Step['kind'];
export type StepOf<Kind extends StepKind> = Extract<Step, { kind: Kind }>;

/** The node that a step works on; undefined for steps about the whole cluster. */
export function nodeOf(of: Step): NodeName | undefined {
  return 'node' in of.input ? of.input.node : undefined;
}
