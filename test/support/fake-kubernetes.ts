import { StepFailure } from '../../src/domain/failure.ts';
import { instant, NodeName } from '../../src/domain/names.ts';
import type { KubernetesVersion } from '../../src/domain/version.ts';
import type { Clock } from '../../src/ports/clock.ts';
import {
  cordonAnnotation,
  type EvictionOutcome,
  type Kubernetes,
  type NodeObject,
  type PodObject,
  type Rollout,
} from '../../src/ports/kubernetes.ts';

/** A cluster as its API shows it, to be set up and looked into by tests. */
export interface FakeKubernetes extends Kubernetes {
  readonly nodes: Map<NodeName, NodeObject>;
  /** By uid. */
  readonly pods: Map<string, PodObject>;
  readonly configMaps: Map<string, Readonly<Record<string, string>>>;
  readonly daemonSets: Map<string, Rollout>;
  readonly deployments: Map<string, Rollout>;
  readonly leases: Map<NodeName, number>;
  readonly servers: Map<string, KubernetesVersion>;
  /** Every write that took effect, in order: `evict shop/db-1`, `cordon w-01`. */
  readonly journal: string[];
  /** What the API server says to an eviction; undefined lets it pass. */
  onEvict: (pod: PodObject) => EvictionOutcome | undefined;
  /** How long a pod takes to end. */
  terminationMs: (pod: PodObject) => number;
  /** While true every call fails as when no API server answers. */
  unavailable: () => boolean;
}

export function nodeObject(name: string, more: Partial<NodeObject> = {}): NodeObject {
  return {
    name: NodeName.parse(name),
    uid: `node-${name}`,
    labels: {},
    annotations: {},
    unschedulable: false,
    ready: true,
    pressures: [],
    kubeletVersion: 'v1.33.13',
    containerRuntime: 'containerd://1.7.28',
    ...more,
  };
}

let uids = 0;

export function podObject(name: string, more: Partial<PodObject> = {}): PodObject {
  const [namespace = 'default', ...rest] = name.split('/');
  uids += 1;
  return {
    namespace,
    name: rest.join('/'),
    uid: `uid-${uids}`,
    labels: {},
    phase: 'Running',
    ready: true,
    controller: { kind: 'ReplicaSet', name: 'web' },
    isMirror: false,
    hasEmptyDir: false,
    images: {},
    ...more,
  };
}

/** The pods of a node of every kind that a drain tells apart. */
export function fakeKubernetes(clock: Clock): FakeKubernetes {
  const endings = new Map<string, number>();

  const answer = (): void => {
    if (fake.unavailable()) throw new StepFailure('kubernetes.unavailable', 'No API server answers.');
    for (const [uid, at] of endings) {
      if (clock.now() < at) continue;
      endings.delete(uid);
      fake.pods.delete(uid);
    }
  };
  const change = (
    name: NodeName,
    what: string,
    next: (node: NodeObject) => NodeObject | undefined,
  ): boolean => {
    const node = fake.nodes.get(name);
    const changed = node && next(node);
    if (!changed) return false;
    fake.nodes.set(name, changed);
    fake.journal.push(`${what} ${name}`);
    return true;
  };

  const fake: FakeKubernetes = {
    nodes: new Map(),
    pods: new Map(),
    configMaps: new Map(),
    daemonSets: new Map(),
    deployments: new Map(),
    leases: new Map(),
    servers: new Map(),
    journal: [],
    onEvict: () => undefined,
    terminationMs: () => 0,
    unavailable: () => false,

    async serverVersions() {
      answer();
      return Object.fromEntries(fake.servers);
    },
    async listNodes() {
      answer();
      return [...fake.nodes.values()];
    },
    async getNode(name) {
      answer();
      return fake.nodes.get(name);
    },
    async listPods(filter = {}) {
      answer();
      return [...fake.pods.values()].filter(
        (pod) =>
          (filter.node === undefined || pod.node === filter.node) &&
          (filter.namespace === undefined || pod.namespace === filter.namespace),
      );
    },
    async getPod(namespace, name) {
      answer();
      return [...fake.pods.values()].find((pod) => pod.namespace === namespace && pod.name === name);
    },
    async evictPod({ uid }) {
      answer();
      const pod = fake.pods.get(uid);
      if (!pod) return { status: 'gone' };
      const refused = fake.onEvict(pod);
      if (refused) return refused;
      if (pod.deletionTimestamp === undefined) {
        fake.journal.push(`evict ${pod.namespace}/${pod.name}`);
        fake.pods.set(uid, { ...pod, deletionTimestamp: instant(clock.now()) });
        endings.set(uid, clock.now() + fake.terminationMs(pod));
      }
      return { status: 'accepted' };
    },
    async cordon(name, run) {
      answer();
      change(name, 'cordon', (node) =>
        node.unschedulable
          ? undefined
          : { ...node, unschedulable: true, annotations: { ...node.annotations, [cordonAnnotation]: run } },
      );
    },
    async uncordon(name, run) {
      answer();
      return change(name, 'uncordon', (node) => {
        const { [cordonAnnotation]: mark, ...annotations } = node.annotations;
        return mark === run ? { ...node, unschedulable: false, annotations } : undefined;
      });
    },
    async annotateNode(name, annotations) {
      answer();
      change(name, 'annotate', (node) => ({ ...node, annotations: { ...node.annotations, ...annotations } }));
    },
    async listPdbs() {
      answer();
      return [];
    },
    async getConfigMap(namespace, name) {
      answer();
      const data = fake.configMaps.get(`${namespace}/${name}`);
      return data && { namespace, name, data };
    },
    async getDaemonSet(namespace, name) {
      answer();
      return fake.daemonSets.get(`${namespace}/${name}`);
    },
    async getDeployment(namespace, name) {
      answer();
      return fake.deployments.get(`${namespace}/${name}`);
    },
    async nodeLeaseRenewedAt(name) {
      answer();
      return fake.leases.get(name);
    },
  };
  return fake;
}
