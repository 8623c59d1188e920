import * as fc from 'fast-check';
import { ClusterName, instant, NodeName } from '../../src/domain/names.ts';
import { Policy } from '../../src/domain/policy.ts';
import type { EtcdMember, HostFacts, NodeRole, NodeSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import { type KubernetesVersion, MinorVersion, minorNumber, version } from '../../src/domain/version.ts';
import { coreDnsOfMinor } from '../../src/plan/data/coredns.ts';

const GiB = 1024 ** 3;
export const takenAt = Date.parse('2026-11-23T10:00:00.000Z');

export const manifests = [
  'etcd.yaml',
  'kube-apiserver.yaml',
  'kube-controller-manager.yaml',
  'kube-scheduler.yaml',
];

type Reached = Extract<HostFacts, { status: 'reached' }>;

/** What a node is given to be other than a healthy one at the cluster's version. */
export interface NodeOverrides extends Partial<Omit<NodeSnapshot, 'host' | 'name' | 'pods'>> {
  /** Merged over the facts of a reached host; or the whole of an unreachable one. */
  host?: Partial<Omit<Reached, 'status'>> | Extract<HostFacts, { status: 'unreachable' }>;
  pods?: Partial<NodeSnapshot['pods']>;
}

export interface SnapshotOptions {
  cluster?: string;
  /** What everything runs unless a node says otherwise; `v` optional. */
  version?: string;
  /** What every repository offers. */
  offered?: readonly string[];
  controlPlanes?: readonly string[];
  workers?: readonly string[];
  /** The etcd leader's node; the first control plane unless given. */
  leader?: string;
  /** The version that every etcd member reports. */
  etcd?: string;
  nodes?: Record<string, NodeOverrides>;
  members?: Record<string, Partial<EtcdMember>>;
  external?: readonly string[];
  overrides?: Partial<Omit<Snapshot, 'nodes' | 'etcd' | 'cluster'>>;
}

/** A healthy node at a version with nothing special about it. */
export function nodeOf(
  name: string,
  role: NodeRole,
  at: KubernetesVersion,
  offered: readonly KubernetesVersion[],
  { host = {}, pods = {}, ...overrides }: NodeOverrides = {},
): NodeSnapshot {
  const bare = at.slice(1);
  const reached: Reached = {
    status: 'reached',
    family: 'debian',
    osName: 'Debian GNU/Linux 12 (bookworm)',
    packages: { kubeadm: bare, kubelet: bare, kubectl: bare },
    held: ['kubeadm', 'kubelet', 'kubectl'],
    repositoryMinor: MinorVersion.parse(`1.${minorNumber(at)}`),
    offered: [...offered],
    freeBytes: { '/': 40 * GiB, ...(role === 'control-plane' ? { '/var/lib/etcd': 40 * GiB } : {}) },
    manifests: role === 'control-plane' ? [...manifests] : [],
    interruptedPackages: false,
  };
  return {
    name: NodeName.parse(name),
    role,
    ready: true,
    unschedulable: false,
    pressures: [],
    kubeletVersion: at,
    containerRuntime: 'containerd://1.7.29',
    ...(role === 'control-plane'
      ? { controlPlane: { apiServer: at, controllerManager: at, scheduler: at, etcdImageTag: '3.5.24-0' } }
      : {}),
    ...overrides,
    host: 'status' in host ? host : { ...reached, ...host },
    pods: { evictable: 4, unmanaged: [], emptyDir: [], ...pods },
  };
}

/**
 * A snapshot of a healthy cluster, changed where asked: `snapshotOf({ nodes: { 'w-1': { ready: false } } })`. Without
 * options: 3 control planes and 2 workers at v1.33.13, etcd 3.5.24 led by cp-1, v1.34.9 on offer.
 */
export function snapshotOf(options: SnapshotOptions = {}): Snapshot {
  const at = version(options.version ?? '1.33.13');
  const offered = (options.offered ?? ['1.33.13', '1.34.8', '1.34.9']).map(version);
  const controlPlanes = options.controlPlanes ?? ['cp-1', 'cp-2', 'cp-3'];
  const workers = options.workers ?? ['w-1', 'w-2'];
  const leader = options.leader ?? controlPlanes[0];
  const node = (role: NodeRole) => (name: string) => nodeOf(name, role, at, offered, options.nodes?.[name]);
  const members = controlPlanes.map(
    (name, index): EtcdMember => ({
      id: String(2_677_674_080_080_550_774n + BigInt(index)),
      name,
      node: NodeName.parse(name),
      version: options.etcd ?? '3.5.24',
      isLearner: false,
      isLeader: name === leader,
      healthy: true,
      dbSizeBytes: 2_326_528,
      ...options.members?.[name],
    }),
  );
  return {
    cluster: ClusterName.parse(options.cluster ?? 'prod-eu'),
    takenAt: instant(takenAt),
    apiServers: {},
    kubeadm: { kubernetesVersion: at, imageRepository: 'registry.k8s.io', featureGates: {} },
    nodes: [...controlPlanes.map(node('control-plane')), ...workers.map(node('worker'))],
    etcd:
      options.external === undefined
        ? { topology: 'stacked', members }
        : { topology: 'external', endpoints: [...options.external] },
    addons: {
      kubeProxyImage: `registry.k8s.io/kube-proxy:${at}`,
      coreDnsImage: `registry.k8s.io/coredns/coredns:v${coreDnsOfMinor[minorNumber(at)] ?? '1.11.3'}`,
    },
    pdbs: [],
    certificates: [],
    gaps: [],
    ...options.overrides,
  };
}

/** A policy with the defaults of the configuration, changed where asked. */
export function policyOf(policy: Parameters<typeof Policy.parse>[0] = {}): Policy {
  return Policy.parse(policy);
}

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);

/** Whole healthy clusters of many shapes on v1.33.x, stacked or external etcd, with patches and kubelets that differ. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    controlPlanes: fc.constantFrom(1, 3, 4, 5),
    workers: fc.integer({ min: 0, max: 12 }),
    leader: fc.nat(),
    patch: fc.constantFrom('1.33.11', '1.33.13'),
    external: fc.boolean(),
    /** Minors that a worker's kubelet is behind. */
    behind: fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 12, maxLength: 12 }),
    cordoned: fc.array(fc.constantFrom('no', 'no', 'no', 'others', 'run'), { minLength: 20, maxLength: 20 }),
    pods: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 20, maxLength: 20 }),
  })
  .map(({ controlPlanes, workers, leader, patch, external, behind, cordoned, pods }) => {
    const controls = names('cp', controlPlanes);
    const others = names('w', workers);
    const overrides = (name: string, index: number): NodeOverrides => ({
      pods: { evictable: pods[index] ?? 0 },
      ...(cordoned[index] === 'no' ? {} : { unschedulable: true }),
      ...(cordoned[index] === 'run' ? { cordonedByRun: 'abc234' } : {}),
      ...(name.startsWith('w') && behind[index % 12] !== 0
        ? { kubeletVersion: version(`1.${33 - (behind[index % 12] ?? 0)}.9`), host: { packages: {} } }
        : {}),
    });
    return snapshotOf({
      version: patch,
      controlPlanes: controls,
      workers: others,
      leader: controls[leader % controls.length] ?? 'cp-1',
      nodes: Object.fromEntries(
        [...controls, ...others].map((name, index) => [name, overrides(name, index)]),
      ),
      ...(external ? { external: ['https://10.0.0.5:2379'] } : {}),
    });
  });

/** The defaults with every batch size and canary count that changes a plan's shape. */
export const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    canary: fc.integer({ min: 0, max: 3 }),
    batch: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom('10%', '34%', '100%')),
  })
  .map((workers) => policyOf({ workers }));
