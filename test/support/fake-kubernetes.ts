import { StepFailure } from '../../src/domain/failure.ts';
import { instant, NodeName } from '../../src/domain/names.ts';
import type { KubernetesVersion } from '../../src/domain/version.ts';
import type { Clock } from '../../src/ports/clock.ts';
import {
  cordonAnnotation,
  type EvictionOutcome,
  type Kubernetes,
  type NamespaceObject,
  type NodeObject,
  nextTaint,
  ownWriter,
  type PdbObject,
  type PodObject,
  type Replicas,
  type Restorable,
  type Rollout,
} from '../../src/ports/kubernetes.ts';
import { fakeFollow } from './fake-follow.ts';
import { type FakeScales, fakeScales } from './fake-scales.ts';
import { WatchedMap } from './watched-map.ts';

/** A cluster as its API shows it, to be set up and looked into by tests. */
export interface FakeKubernetes extends Kubernetes {
  readonly nodes: Map<NodeName, NodeObject>;
  /** By uid. */
  readonly pods: WatchedMap<string, PodObject>;
  /** By `namespace/name`. */
  readonly pdbs: WatchedMap<string, PdbObject>;
  readonly namespaces: Map<string, NamespaceObject>;
  /** What can be scaled, and who owns which ReplicaSet. */
  readonly scales: FakeScales;
  /** How many watches are open. */
  readonly watches: { open: number; cuts: number };
  /** While true no watch tells anything: the connection is there and dead. */
  deaf: () => boolean;
  readonly configMaps: Map<string, Readonly<Record<string, string>>>;
  readonly daemonSets: Map<string, Rollout>;
  readonly deployments: Map<string, Rollout>;
  /** Templates of workloads that have more than an image, by `Kind/namespace/name`. */
  readonly templates: Map<string, Readonly<Record<string, unknown>>>;
  /** Who wrote an object last, by `Kind/namespace/name`; absent: kubeadm. */
  readonly writers: Map<string, string>;
  readonly leases: Map<NodeName, number>;
  /** Of controllers, by `namespace/Kind/name`. */
  readonly replicas: Map<string, Replicas>;
  readonly servers: Map<string, KubernetesVersion>;
  /** Every write that took effect, in order: `evict shop/db-1`, `cordon w-01`. */
  readonly journal: string[];
  /** What the API server says to an eviction; undefined lets it pass. */
  onEvict: (pod: PodObject, gracePeriodSeconds: number) => EvictionOutcome | undefined;
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
    taints: [],
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
    annotations: {},
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

  const endDue = (): void => {
    for (const [uid, at] of endings) {
      if (clock.now() < at) continue;
      endings.delete(uid);
      fake.pods.delete(uid);
    }
  };
  const answer = (): void => {
    if (fake.unavailable()) throw new StepFailure('kubernetes.unavailable', 'No API server answers.');
    endDue();
  };
  const end = (pod: PodObject): void => {
    fake.pods.set(pod.uid, { ...pod, deletionTimestamp: instant(clock.now()) });
    const takes = fake.terminationMs(pod);
    endings.set(pod.uid, clock.now() + takes);
    if (takes <= 0) endDue();
    // Nobody waits for ever for a pod that takes for ever: whoever asks later ends it.
    else if (takes < 3_600_000) void clock.sleep(takes).then(endDue);
  };
  const watches = { open: 0, cuts: 0 };
  const follow = async function* <T>(
    map: WatchedMap<string, T>,
    signal: AbortSignal,
    matches: (object: T) => boolean,
  ) {
    watches.open += 1;
    try {
      yield* fakeFollow(map, {
        clock,
        signal,
        matches,
        unavailable: () => fake.unavailable(),
        cuts: () => watches.cuts,
        deaf: () => fake.deaf(),
      });
    } finally {
      watches.open -= 1;
    }
  };
  const scales = fakeScales((line) => void fake.journal.push(line));
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
    pods: new WatchedMap(),
    pdbs: new WatchedMap(),
    namespaces: new Map(),
    scales,
    watches,
    deaf: () => false,
    configMaps: new Map(),
    daemonSets: new Map(),
    deployments: new Map(),
    templates: new Map(),
    writers: new Map(),
    leases: new Map(),
    replicas: new Map(),
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
    async evictPod({ uid }, gracePeriodSeconds) {
      answer();
      const pod = fake.pods.get(uid);
      if (!pod) return { status: 'gone' };
      const refused = fake.onEvict(pod, gracePeriodSeconds);
      if (refused) return refused;
      if (pod.deletionTimestamp === undefined) {
        fake.journal.push(`evict ${pod.namespace}/${pod.name}`);
        end(pod);
      }
      return { status: 'accepted' };
    },
    followPods: ({ node }, signal) => follow(fake.pods, signal, (pod) => pod.node === node),
    followPdbs: (signal) => follow(fake.pdbs, signal, () => true),
    async deletePod({ uid }) {
      answer();
      const pod = fake.pods.get(uid);
      if (!pod) return 'gone';
      fake.journal.push(`delete ${pod.namespace}/${pod.name}`);
      end(pod);
      return 'accepted';
    },
    async getNamespace(name) {
      answer();
      return fake.namespaces.get(name);
    },
    async workloadOf(pod) {
      answer();
      return scales.workloadOf(pod);
    },
    async addReplica(workload, mark) {
      answer();
      return scales.add(workload, mark);
    },
    async dropReplica(workload, mark) {
      answer();
      return scales.drop(workload, mark);
    },
    async markNext(name, run) {
      answer();
      return change(name, 'mark', (node) =>
        node.taints.some(({ key }) => key === nextTaint)
          ? undefined
          : {
              ...node,
              taints: [...node.taints, { key: nextTaint, value: run, effect: 'PreferNoSchedule' }],
            },
      );
    },
    async unmarkNext(name, run) {
      answer();
      return change(name, 'unmark', (node) => {
        const taints = withoutMark(node, run);
        return taints.length === node.taints.length ? undefined : { ...node, taints };
      });
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
        return mark === run
          ? { ...node, unschedulable: false, annotations, taints: withoutMark(node, run) }
          : undefined;
      });
    },
    async labelNode(name, labels) {
      answer();
      change(name, 'label', (node) => {
        const merged = Object.entries({ ...node.labels, ...labels }).filter(([, value]) => value !== null);
        return { ...node, labels: Object.fromEntries(merged) as Record<string, string> };
      });
    },
    async replicasOf(namespace, { kind, name }) {
      answer();
      return fake.replicas.get(`${namespace}/${kind}/${name}`);
    },
    async annotateNode(name, annotations) {
      answer();
      change(name, 'annotate', (node) => ({ ...node, annotations: { ...node.annotations, ...annotations } }));
    },
    async listPdbs() {
      answer();
      return [...fake.pdbs.values()];
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
    async getRestorable(of) {
      answer();
      const content = contentOf(fake, of);
      const writer = fake.writers.get(keyOf(of)) ?? 'kubeadm';
      return content && { content, writer, resourceVersion: JSON.stringify(content) };
    },
    async putBack(of, { content, resourceVersion }) {
      answer();
      if (JSON.stringify(contentOf(fake, of)) !== resourceVersion) return false;
      fake.journal.push(`put back ${keyOf(of)}`);
      fake.writers.set(keyOf(of), ownWriter);
      const place = `${of.namespace}/${of.name}`;
      if (of.kind === 'ConfigMap') fake.configMaps.set(place, content as Record<string, string>);
      else {
        fake.templates.set(keyOf(of), content);
        const rollouts = of.kind === 'DaemonSet' ? fake.daemonSets : fake.deployments;
        const present = rollouts.get(place);
        if (present) rollouts.set(place, { ...present, image: imageIn(content) });
      }
      return true;
    },
    async nodeLeaseRenewedAt(name) {
      answer();
      return fake.leases.get(name);
    },
  };
  return fake;
}

const withoutMark = (node: NodeObject, run: string): NodeObject['taints'] =>
  node.taints.filter(({ key, value }) => key !== nextTaint || value !== run);

const keyOf = ({ kind, namespace, name }: Restorable) => `${kind}/${namespace}/${name}`;

function contentOf(fake: FakeKubernetes, of: Restorable): Readonly<Record<string, unknown>> | undefined {
  const place = `${of.namespace}/${of.name}`;
  if (of.kind === 'ConfigMap') return fake.configMaps.get(place);
  const rollout = (of.kind === 'DaemonSet' ? fake.daemonSets : fake.deployments).get(place);
  return (
    rollout &&
    (fake.templates.get(keyOf(of)) ?? { spec: { containers: [{ name: of.name, image: rollout.image }] } })
  );
}

function imageIn(template: Readonly<Record<string, unknown>>): string {
  const { spec } = template as { spec?: { containers?: { image?: string }[] } };
  return spec?.containers?.[0]?.image ?? '';
}
