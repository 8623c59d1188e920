import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { clusterCertificates } from './api/certificates.ts';
import { kubeconfig } from './api/kubeconfig.ts';
import { LoadBalancer } from './api/load-balancer.ts';
import { ApiServer } from './api/server.ts';
import { programs } from './commands/index.ts';
import { Controllers } from './controllers/index.ts';
import { Faults } from './faults/switches.ts';
import { bootstrap } from './model/bootstrap.ts';
import { type BulkOptions, fillBulk } from './model/bulk.ts';
import { ClusterModel } from './model/cluster.ts';
import type { FaultParameters } from './model/fault-board.ts';
import type { Journal } from './model/journal.ts';
import type { Role } from './model/machine.ts';
import { sshUser } from './model/node-files.ts';
import type { KubeObject } from './model/objects.ts';
import { shop } from './model/workload.ts';
import { plantSeeds, type SeedRequest } from './seeds/plant.ts';
import { Shells } from './shell/shell.ts';
import { generateKey, knownHost } from './ssh/keys.ts';
import { SshServer } from './ssh/server.ts';

/** What runs in the cluster besides its addons. */
export interface Workload {
  /** The small shop with its budgets. */
  shop?: boolean;
  /** A pod without a controller on this node. */
  barePodOn?: string;
  /** Objects of one's own, created as given. */
  objects?: KubeObject[];
  /** Thousands of nodes, pods and budgets that exist in the API alone. */
  bulk?: BulkOptions;
}

export interface StartOptions {
  name: string;
  controlPlanes: number;
  workers: number;
  /** With v: v1.33.13. */
  version: string;
  /** Package versions on offer: ['1.33.13', '1.34.9']. */
  offered: string[];
  /** How many times faster than on real machines everything goes. */
  timeScale: number;
  /** Where kubeconfig, id_ed25519, known_hosts and token are written. */
  directory: string;
  workload?: 'shop' | 'none' | Workload;
  /** Problems that the cluster has had all along, for checks to find. */
  seeds?: readonly SeedRequest[];
  seed?: number;
}

export interface SandboxNode {
  name: string;
  role: Role;
  /** Where its sshd listens: 127.0.0.1 and a port of its own. */
  address: string;
  port: number;
  /** The InternalIP of its Node object. */
  internalAddress: string;
}

export interface SandboxCluster {
  name: string;
  kubeconfigPath: string;
  knownHostsPath: string;
  privateKeyPath: string;
  sshUser: string;
  nodes: SandboxNode[];
  /** Port of the load balancer before the API servers, and of each API server by node. */
  apiPorts: { loadBalancer: number; nodes: Record<string, number> };
  model: ClusterModel;
  faults: Faults;
  /** Plants a problem while the cluster runs; what can be planted is in seeds/registry.ts. */
  plant: (name: string, parameters?: FaultParameters) => Promise<void>;
  journal: Journal;
  /** Breaks all SSH connections to a node, or to all nodes. */
  cutSsh: (node?: string) => void;
  setTimeScale: (scale: number) => void;
  stop: () => Promise<void>;
}

/** Starts a simulated kubeadm cluster on loopback. `stop` leaves no handle open. */
export async function startCluster(options: StartOptions): Promise<SandboxCluster> {
  const { directory, name } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const model = new ClusterModel({ ...options, seed: options.seed ?? 1 });
  const machines = [...model.machines.values()];
  const certificates = await clusterCertificates(
    machines.filter(({ role }) => role === 'control-plane').map((machine) => machine.name),
    machines.filter(({ role }) => role === 'control-plane').map((machine) => machine.address),
  );
  const controllers = new Controllers(model);
  await bootstrap(
    model,
    {
      ca: certificates.ca,
      leaf: certificates.serving.certificate,
      key: certificates.serving.key,
    },
    () => plantSeeds(model, options.seeds ?? []),
  );
  populate(model, options.workload ?? 'shop');
  controllers.settle();
  controllers.begin();

  const clientKey = generateKey(`${sshUser}@sandbox`);
  const ssh = new Map<string, SshServer>();
  let knownHosts = '';
  for (const machine of machines) {
    machine.kubelet.adopt();
    const hostKey = generateKey(machine.name);
    const server = new SshServer(machine, new Shells(model, machine, programs), hostKey, clientKey);
    await server.start();
    ssh.set(machine.name, server);
    knownHosts += knownHost(server.port, hostKey);
  }

  const token = model.random.hex(32);
  const files = {
    key: certificates.serving.key,
    certificate: certificates.serving.certificate,
    ca: certificates.ca,
  };
  const tokens = new Map([[token, 'kubernetes-admin']]);
  const apis = model.controlPlanes().map((machine) => new ApiServer(model, machine.name, files, tokens));
  for (const api of apis) await api.start();
  const balancer = new LoadBalancer(model, apis);
  await balancer.start();

  const paths = {
    kubeconfigPath: join(directory, 'kubeconfig'),
    knownHostsPath: join(directory, 'known_hosts'),
    privateKeyPath: join(directory, 'id_ed25519'),
  };
  const secret = { mode: 0o600 };
  await writeFile(paths.kubeconfigPath, kubeconfig(name, balancer.port, apis, certificates), secret);
  await writeFile(paths.knownHostsPath, knownHosts);
  await writeFile(paths.privateKeyPath, clientKey.private, secret);
  await writeFile(join(directory, 'token'), token, secret);

  return {
    name,
    ...paths,
    sshUser,
    nodes: machines.map((machine) => ({
      name: machine.name,
      role: machine.role,
      address: '127.0.0.1',
      port: ssh.get(machine.name)?.port ?? 0,
      internalAddress: machine.address,
    })),
    apiPorts: {
      loadBalancer: balancer.port,
      nodes: Object.fromEntries(apis.map(({ node, port }) => [node, port])),
    },
    model,
    faults: new Faults(model),
    plant: (name, parameters = {}) => plantSeeds(model, [{ name, parameters }]),
    journal: model.journal,
    cutSsh: (node) => {
      for (const [of, server] of ssh) if (node === undefined || node === of) server.cut();
    },
    setTimeScale: (scale) => model.clock.setScale(scale),
    stop: async () => {
      model.stop();
      await balancer.stop();
      await Promise.all([
        ...apis.map((api) => api.stop()),
        ...[...ssh.values()].map((server) => server.stop()),
      ]);
    },
  };
}

function populate(model: ClusterModel, workload: 'shop' | 'none' | Workload): void {
  const wanted: Workload = workload === 'shop' ? { shop: true } : workload === 'none' ? {} : workload;
  if (wanted.bulk !== undefined) fillBulk(model, wanted.bulk);
  const bare = wanted.barePodOn === undefined ? {} : { barePodOn: wanted.barePodOn };
  const objects = [...(wanted.shop === true ? shop(bare) : []), ...(wanted.objects ?? [])];
  for (const object of objects) model.store.create(object);
}
