import type { ClusterModel } from '../model/cluster.ts';
import type { Fault } from '../model/fault-board.ts';

const node = {
  name: 'node',
  description: 'the node, all nodes when left out',
  type: 'node',
  optional: true,
} as const;
const oneNode = { name: 'node', description: 'the node', type: 'node' } as const;

/** Every fault that can be switched on. A new one is an entry here and a look at the board where it bites. */
export const faults: readonly Fault<ClusterModel>[] = [
  {
    name: 'pdb-blocked',
    description: 'A PodDisruptionBudget wants every pod it has: evictions answer 429',
    parameters: [
      {
        name: 'pdb',
        description: 'namespace/name or name; all when left out',
        type: 'string',
        optional: true,
      },
    ],
  },
  {
    name: 'eviction-webhook-fails',
    description: 'A fail-closed webhook for evictions does not answer: evictions answer 500',
    parameters: [],
  },
  {
    name: 'package-script-hangs',
    description: "A package's own script never ends; switched off, it goes on",
    parameters: [node],
  },
  { name: 'apt-lock', description: 'Another process holds the dpkg lock', parameters: [node] },
  {
    name: 'repository-missing-version',
    description: 'The repository does not list one version; the next apt-get update shows it',
    parameters: [node, { name: 'version', description: 'for example 1.34.9', type: 'string' }],
  },
  {
    name: 'repository-key-expired',
    description: 'The key that signed the repository has expired',
    parameters: [node],
  },
  {
    name: 'kubeadm-fails-at',
    description: 'kubeadm upgrade fails at a phase; components fail after the 5 minutes they are waited for',
    parameters: [
      node,
      {
        name: 'phase',
        description:
          'preflight, etcd, kube-apiserver, kube-controller-manager, kube-scheduler, upload-config, kubelet-config, bootstrap-token or addon',
        type: 'string',
      },
    ],
  },
  {
    name: 'etcd-does-not-come-up',
    description:
      'etcd of the new minor does not start: kubeadm gives up after 5 minutes and puts the old manifest back',
    parameters: [node],
  },
  {
    name: 'kubelet-not-ready',
    description: 'The kubelet reports NotReady: the network plugin is not initialised',
    parameters: [oneNode],
    start: report,
    stop: report,
  },
  { name: 'ssh-refused', description: 'sshd takes no connection and open ones are cut', parameters: [node] },
  {
    name: 'ssh-drop',
    description: 'Every connection is cut some seconds after a command began',
    parameters: [
      node,
      {
        name: 'afterSeconds',
        description: 'simulated seconds, 5 when left out',
        type: 'number',
        optional: true,
      },
    ],
  },
  { name: 'sudo-refused', description: 'sudo asks for a password', parameters: [node] },
  {
    name: 'api-endpoint-down',
    description: "One control plane's API endpoint refuses connections",
    parameters: [oneNode],
    start: (model) => model.controlPlaneChanged(),
    stop: (model) => model.controlPlaneChanged(),
  },
  {
    name: 'image-pull-slow',
    description: 'Image pulls take much longer',
    parameters: [
      node,
      {
        name: 'factor',
        description: 'how many times as long, 20 when left out',
        type: 'number',
        optional: true,
      },
    ],
  },
  { name: 'image-pull-impossible', description: 'The registry cannot be reached', parameters: [node] },
  {
    name: 'disk-full',
    description: 'Nothing more can be written on the disk',
    parameters: [oneNode],
    start: (model, parameters) => fill(model, parameters, true),
    stop: (model, parameters) => fill(model, parameters, false),
  },
  {
    name: 'pod-stuck-terminating',
    description: 'Pods that are deleted never end',
    parameters: [
      node,
      {
        name: 'pod',
        description: 'namespace/name or its beginning; all but DaemonSets when left out',
        type: 'string',
        optional: true,
      },
    ],
  },
  {
    name: 'node-reboot',
    description: 'The machine loses power and comes back after 45 s',
    parameters: [oneNode],
    momentary: true,
    start: (model, parameters) => {
      void model.machine(String(parameters.node)).reboot();
    },
  },
  {
    name: 'kubelet-stopped',
    description: 'The kubelet dies and does not come back until it is started',
    parameters: [oneNode],
    start: (model, parameters) => model.machine(String(parameters.node)).kubelet.stop(),
    stop: (model, parameters) => model.machine(String(parameters.node)).kubelet.start(),
  },
];

function report(model: ClusterModel, parameters: Record<string, unknown>): void {
  model.machines.get(String(parameters.node))?.kubelet.report();
}

function fill(model: ClusterModel, parameters: Record<string, unknown>, full: boolean): void {
  const machine = model.machine(String(parameters.node));
  machine.files.full = full;
  machine.kubelet.report();
}
