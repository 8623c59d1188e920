import type { ClusterModel } from '../model/cluster.ts';
import { kubeletPaths, kubeYaml } from '../model/configuration.ts';
import type { FaultParameter, FaultParameters } from '../model/fault-board.ts';
import { type Component, manifestDirectory, manifestPath } from '../model/manifests.ts';
import type { KubeObject } from '../model/objects.ts';
import { parseYaml } from '../model/yaml.ts';
import { apiSeeds } from './api.ts';

/** Something that is wrong with a cluster before anybody upgrades it, for a check to find. */
export interface Seed {
  name: string;
  description: string;
  parameters: FaultParameter[];
  plant: (model: ClusterModel, parameters: FaultParameters) => void | Promise<void>;
}

const GiB = 1_024 ** 3;
const day = 24 * 3_600_000;
const oneNode: FaultParameter = { name: 'node', description: 'the node', type: 'node' };
const optional = (
  name: string,
  description: string,
  type: FaultParameter['type'] = 'string',
): FaultParameter => ({
  name,
  description,
  type,
  optional: true,
});

const machineOf = (model: ClusterModel, { node }: FaultParameters) => model.machine(String(node));

/** Changes one text of a ConfigMap of kube-system, taken as YAML. */
function editConfiguration(
  model: ClusterModel,
  name: string,
  key: string,
  edit: (value: Record<string, unknown>) => Record<string, unknown>,
): void {
  model.store.modify<KubeObject & { data: Record<string, string> }>(
    'ConfigMap',
    'kube-system',
    name,
    (map) => ({
      ...map,
      data: { ...map.data, [key]: kubeYaml(edit(parseYaml(map.data[key] ?? '') as Record<string, unknown>)) },
    }),
  );
}

/** Every problem that can be planted; each is what a real cluster would show, no sign that says "seed". */
export const seeds: readonly Seed[] = [
  {
    name: 'swap-on',
    description: 'Swap is on, though the kubelet wants none',
    parameters: [oneNode],
    plant: (model, parameters) =>
      machineOf(model, parameters).files.put(
        '/proc/swaps',
        'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/swap.img                               file\t\t4194300\t\t0\t\t-2\n',
      ),
  },
  {
    name: 'cgroup-v1',
    description: 'The machine boots with cgroup v1',
    parameters: [oneNode],
    plant: (model, parameters) => machineOf(model, parameters).files.rm('/sys/fs/cgroup/cgroup.controllers'),
  },
  {
    name: 'clock-skew',
    description: "The machine's clock is off",
    parameters: [oneNode, optional('seconds', 'ahead; negative: behind; 90 when left out', 'number')],
    plant: (model, parameters) => {
      machineOf(model, parameters).clockOffsetMs = Number(parameters.seconds ?? 90) * 1_000;
    },
  },
  {
    name: 'low-disk',
    description: 'Little is free on a disk',
    parameters: [
      oneNode,
      optional('path', 'mount point: /, /var/lib/etcd or /var/lib/containerd; / when left out'),
      optional('gigabytes', 'what is free, 0.4 when left out', 'number'),
    ],
    plant: (model, parameters) => {
      const bytes = Math.round(Number(parameters.gigabytes ?? 0.4) * GiB);
      machineOf(model, parameters).freeBytes.set(String(parameters.path ?? '/'), bytes);
    },
  },
  {
    name: 'leftovers',
    description: 'Copies of earlier upgrades fill /etc/kubernetes/tmp',
    parameters: [oneNode, optional('gigabytes', 'what they take, 3 when left out', 'number')],
    plant: async (model, parameters) => {
      const machine = machineOf(model, parameters);
      const path = '/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-03-01-09-12-44/etcd/member/snap/db';
      await machine.files.put(path, 'a database of long ago\n', 0o600);
      machine.fileBytes.set(path, Math.round(Number(parameters.gigabytes ?? 3) * GiB));
    },
  },
  {
    name: 'removed-flag',
    description: 'A kubelet is given a flag that the next minor does not know (--cloud-config)',
    parameters: [oneNode],
    plant: (model, parameters) =>
      machineOf(model, parameters).files.put(
        '/etc/default/kubelet',
        'KUBELET_EXTRA_ARGS="--cloud-config=/etc/kubernetes/cloud.conf"\n',
      ),
  },
  {
    name: 'removed-gate',
    description: 'kubelet-config and all nodes set a feature gate that a later minor does not know',
    parameters: [optional('gate', 'ElasticIndexedJob (gone in v1.34) when left out')],
    plant: async (model, parameters) => {
      const featureGates = { [String(parameters.gate ?? 'ElasticIndexedJob')]: true };
      editConfiguration(model, 'kubelet-config', 'kubelet', (value) => ({ ...value, featureGates }));
      for (const { files } of model.machines.values()) {
        const own = parseYaml(await files.readFile(kubeletPaths.config)) as object;
        await files.put(kubeletPaths.config, kubeYaml({ ...own, featureGates }));
      }
    },
  },
  {
    name: 'kubelet-config-edited',
    description: "A node's own kubelet configuration says what kubelet-config does not",
    parameters: [oneNode],
    plant: async (model, parameters) => {
      const { files } = machineOf(model, parameters);
      const own = parseYaml(await files.readFile(kubeletPaths.config)) as object;
      await files.put(kubeletPaths.config, kubeYaml({ ...own, failSwapOn: false }));
    },
  },
  {
    name: 'edited-manifest',
    description: 'A flag was put into a static pod manifest by hand',
    parameters: [
      oneNode,
      optional('component', 'kube-scheduler when left out'),
      optional('flag', '--profiling=false when left out'),
    ],
    plant: async (model, parameters) => {
      const { files } = machineOf(model, parameters);
      const component = String(parameters.component ?? 'kube-scheduler') as Component;
      const text = await files.readFile(manifestPath(component));
      const flag = String(parameters.flag ?? '--profiling=false');
      await files.put(
        manifestPath(component),
        text.replace(/^( +)image: /m, `$1- ${flag}\n$1image: `),
        0o600,
      );
    },
  },
  {
    name: 'stray-manifest',
    description: 'Somebody kept a copy of a manifest beside it',
    parameters: [oneNode, optional('component', 'kube-apiserver when left out')],
    plant: async (model, parameters) => {
      const { files } = machineOf(model, parameters);
      const component = String(parameters.component ?? 'kube-apiserver') as Component;
      await files.put(
        `${manifestDirectory}/${component}.yaml.bak`,
        await files.readFile(manifestPath(component)),
        0o600,
      );
    },
  },
  {
    name: 'certificate-expiry',
    description: 'A certificate of a control plane expires soon, or has expired',
    parameters: [
      oneNode,
      optional('certificate', 'its name for kubeadm; apiserver when left out'),
      optional('days', 'left; negative: expired; -1 when left out', 'number'),
    ],
    plant: (model, parameters) => {
      const date = new Date(Date.now() + Number(parameters.days ?? -1) * day);
      machineOf(model, parameters).certificates.set(String(parameters.certificate ?? 'apiserver'), date);
    },
  },
  {
    name: 'old-runtime',
    description: 'The container runtime is an old containerd',
    parameters: [oneNode, optional('version', '1.5.18 when left out')],
    plant: (model, parameters) =>
      editNode(model, parameters, (node) => {
        const status = node.status as { nodeInfo: object };
        const containerRuntimeVersion = `containerd://${String(parameters.version ?? '1.5.18')}`;
        return { ...node, status: { ...status, nodeInfo: { ...status.nodeInfo, containerRuntimeVersion } } };
      }),
  },
  {
    name: 'cri-socket-lost',
    description: 'Neither the Node nor a file tells the CRI socket: kubeadm 1.34 was killed between the two',
    parameters: [oneNode],
    plant: async (model, parameters) => {
      const { files } = machineOf(model, parameters);
      editNode(model, parameters, (node) => {
        const { 'kubeadm.alpha.kubernetes.io/cri-socket': _, ...annotations } =
          node.metadata.annotations ?? {};
        return { ...node, metadata: { ...node.metadata, annotations } };
      });
      const flags = await files.readFile(kubeletPaths.flags);
      await files.put(kubeletPaths.flags, flags.replace(/--container-runtime-endpoint=\S+ /, ''));
      await files.rm('/etc/crictl.yaml', { force: true });
      for (const socket of ['/run/containerd/containerd.sock', '/run/crio/crio.sock']) {
        await files.rm(socket, { force: true });
      }
    },
  },
  {
    name: 'kubelet-not-restarted',
    description: 'A newer kubelet is installed than runs',
    parameters: [oneNode, { name: 'version', description: 'for example 1.34.9', type: 'string' }],
    plant: (model, parameters) => {
      machineOf(model, parameters).packages.installed.kubelet.version = `${String(parameters.version)}-1.1`;
    },
  },
  {
    name: 'cordoned',
    description: 'Somebody cordoned the node',
    parameters: [oneNode],
    plant: (model, parameters) =>
      editNode(model, parameters, (node) => ({
        ...node,
        spec: { ...(node.spec as object), unschedulable: true },
      })),
  },
  {
    name: 'etcd-alarm',
    description: 'A member of etcd has raised an alarm',
    parameters: [oneNode, optional('alarm', 'NOSPACE or CORRUPT; NOSPACE when left out')],
    plant: (model, parameters) => {
      model.etcd.alarms.set(String(parameters.node), String(parameters.alarm ?? 'NOSPACE'));
    },
  },
  {
    name: 'etcd-size',
    description: "etcd's database is near its quota of 2 GiB",
    parameters: [oneNode, optional('gigabytes', '1.8 when left out', 'number')],
    plant: (model, parameters) => {
      const member = model.etcd.memberOf(String(parameters.node));
      if (member !== undefined) member.dbSize = Math.round(Number(parameters.gigabytes ?? 1.8) * GiB);
    },
  },
  {
    name: 'extra-argument',
    description: 'ClusterConfiguration gives a component an argument (removed in a later minor, or just new)',
    parameters: [
      { name: 'component', description: 'apiServer, controllerManager or scheduler', type: 'string' },
      { name: 'argument', description: 'name=value', type: 'string' },
    ],
    plant: (model, parameters) => {
      const component = String(parameters.component);
      const [name = '', ...value] = String(parameters.argument).split('=');
      editConfiguration(model, 'kubeadm-config', 'ClusterConfiguration', (configuration) => {
        const { extraArgs, ...rest } = (configuration[component] ?? {}) as { extraArgs?: object[] };
        const added = [...(extraArgs ?? []), { name, value: value.join('=') }];
        return { ...configuration, [component]: { ...rest, extraArgs: added } };
      });
    },
  },
  ...apiSeeds,
];

function editNode(
  model: ClusterModel,
  { node }: FaultParameters,
  edit: (node: KubeObject) => KubeObject,
): void {
  model.store.modify<KubeObject>('Node', '', String(node), edit);
}
