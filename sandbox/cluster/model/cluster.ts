import { Clock } from './clock.ts';
import { EtcdCluster } from './etcd.ts';
import { FaultBoard } from './fault-board.ts';
import { Journal } from './journal.ts';
import { Machine } from './machine.ts';
import type { KubeNode } from './objects.ts';
import { PackageRepository } from './packages.ts';
import { Random } from './random.ts';
import { ObjectStore } from './store.ts';
import { bundleOf, etcdRelease, imagesOf, minorOf } from './versions.ts';
import type { ApiState, World } from './world.ts';

/** One use of a deprecated API, as apiserver_requested_deprecated_apis counts it. */
export interface DeprecatedUse {
  group: string;
  version: string;
  resource: string;
  subresource?: string;
  /** `1.35`; empty where no removal is planned. */
  removedRelease: string;
  /** Requests by verb, as apiserver_request_total counts them: { LIST: 12 }; none where a client only discovers it. */
  requests?: Record<string, number>;
}

export interface ClusterOptions {
  name: string;
  controlPlanes: number;
  workers: number;
  /** With v: v1.33.13. */
  version: string;
  /** Package versions on offer, without v and revision. */
  offered: readonly string[];
  timeScale: number;
  seed: number;
}

/** The whole simulated cluster; its API and its SSH servers are two views of this one object. */
export class ClusterModel implements World {
  readonly name: string;
  readonly initialVersion: string;
  /** The release of etcdutl that people have put on the control planes. */
  readonly etcdutl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal = new Journal();
  readonly faults = new FaultBoard(this.journal);
  readonly store: ObjectStore;
  readonly etcd: EtcdCluster;
  readonly repository: PackageRepository;
  readonly machines = new Map<string, Machine>();
  /** Uses of deprecated APIs that each kube-apiserver has counted since it started, by node. */
  readonly deprecatedUses = new Map<string, DeprecatedUse[]>();
  /** When each kube-apiserver started, milliseconds since the epoch, by node; no two in the same moment. */
  readonly apiStartedAt = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  constructor(options: ClusterOptions) {
    this.name = options.name;
    this.initialVersion = options.version;
    this.clock = new Clock(options.timeScale);
    this.random = new Random(options.seed);
    this.store = new ObjectStore(this.random);
    this.repository = new PackageRepository(options.offered);
    const places = [
      ...Array.from({ length: options.controlPlanes }, (_, i) => place('control-plane', i)),
      ...Array.from({ length: options.workers }, (_, i) => place('worker', i)),
    ];
    const controlPlanes = places.filter(({ role }) => role === 'control-plane');
    const bundle = bundleOf(minorOf(options.version));
    this.etcdutl = etcdRelease(bundle.etcd);
    this.etcd = new EtcdCluster(
      this.clock,
      this.random,
      this.journal,
      controlPlanes,
      etcdRelease(bundle.etcd),
    );
    for (const { name, role, address } of places) {
      const images = imagesOf(options.version).filter(
        (image) => role === 'control-plane' || /kube-proxy|pause|coredns/.test(image),
      );
      this.machines.set(
        name,
        new Machine(this, { name, role, address, version: options.version.slice(1), images }),
      );
    }
  }

  controlPlanes(): Machine[] {
    return [...this.machines.values()].filter(({ role }) => role === 'control-plane');
  }

  /** @throws when no machine has that name */
  machine(name: string): Machine {
    const found = this.machines.get(name);
    if (found === undefined) throw new Error(`no machine ${name} in cluster ${this.name}`);
    return found;
  }

  apiState(node: string): ApiState {
    const machine = this.machines.get(node);
    if (machine === undefined || !machine.up || !machine.staticPods.isRunning('kube-apiserver'))
      return 'down';
    if (this.faults.on('api-endpoint-down', node)) return 'down';
    return this.etcd.serves(node) ? 'serving' : 'hanging';
  }

  apiAvailable(): boolean {
    return this.controlPlanes().some(({ name }) => this.apiState(name) === 'serving');
  }

  /** Version of the kube-apiserver that runs on a node, as /version tells it. */
  apiVersion(node: string): string {
    return this.machines.get(node)?.staticPods.tag('kube-apiserver') ?? this.initialVersion;
  }

  /** Whether a node's kubelet lets pods come and go; nodes without a machine of their own always do. */
  kubeletAlive(node: string): boolean {
    const machine = this.machines.get(node);
    return machine === undefined || (machine.up && machine.kubelet.isRunning());
  }

  apiStarted(node: string): void {
    const others = new Set(this.apiStartedAt.values());
    let at = Date.now();
    while (others.has(at)) at += 10;
    this.apiStartedAt.set(node, at);
  }

  controlPlaneChanged(): void {
    for (const listener of this.#listeners) listener();
  }

  onControlPlaneChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The Node objects by name, as they are now. */
  readonly nodes = {
    get: (name: string): KubeNode => {
      const node = this.store.get<KubeNode>('Node', '', name);
      if (node === undefined) throw new Error(`no node ${name} in cluster ${this.name}`);
      return node;
    },
  };

  stop(): void {
    for (const machine of this.machines.values()) {
      machine.units.halt();
      machine.kubelet.stop();
    }
    this.clock.stop();
  }
}

function place(role: 'control-plane' | 'worker', index: number) {
  if (role === 'control-plane') return { name: `cp-${index + 1}`, role, address: `10.77.0.${11 + index}` };
  // Workers from 10.77.0.21 on, 200 a subnet, so that a thousand of them have addresses of their own.
  return {
    name: `w-${String(index + 1).padStart(2, '0')}`,
    role,
    address: `10.77.${Math.floor(index / 200)}.${21 + (index % 200)}`,
  };
}
