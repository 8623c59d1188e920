import { type DrainFate, drainFateOf, isFinished } from '../domain/drain.ts';
import type { NodeSnapshot, Snapshot } from '../domain/snapshot.ts';
import type { Amounts, Demand, LocalVolume, Placement, RunningImage } from '../domain/workload-facts.ts';
import type { LocalVolumeObject } from '../ports/cluster-survey.ts';
import type { NodeObject, PodNeeds, PodObject } from '../ports/kubernetes.ts';
import { byNode } from './nodes.ts';

/** What the pods of a cluster mean for a drain, node by node and for all. */
export interface Workloads {
  readonly ofNode: (node: NodeObject) => WorkloadsOfNode;
  readonly placements: readonly Placement[];
  readonly images: readonly RunningImage[];
}

type WorkloadsOfNode = Required<Pick<NodeSnapshot, 'labels' | 'taints'>> &
  Pick<NodeSnapshot, 'room'> & {
    readonly pods: Required<Pick<NodeSnapshot['pods'], 'localVolumes' | 'onlyOnes' | 'slow'>>;
  };

/** Longer than this is worth a word: a drain seems to stand still meanwhile. */
const longGraceSeconds = 300;
/** The workloads whose single pod is somebody's service; a Job's is not, and DaemonSets stay. */
const replicated: ReadonlySet<string> = new Set(['ReplicaSet', 'StatefulSet', 'ReplicationController']);

const nothing: Amounts = { cpuMillis: 0, memoryBytes: 0, pods: 0 };
const onePod = ({ cpuMillis, memoryBytes }: PodNeeds): Amounts => ({ cpuMillis, memoryBytes, pods: 1 });
const plus = (a: Amounts, b: Amounts): Amounts => ({
  cpuMillis: a.cpuMillis + b.cpuMillis,
  memoryBytes: a.memoryBytes + b.memoryBytes,
  pods: a.pods + b.pods,
});
const larger = (a: Amounts, b: Amounts): Amounts => ({
  cpuMillis: Math.max(a.cpuMillis, b.cpuMillis),
  memoryBytes: Math.max(a.memoryBytes, b.memoryBytes),
  pods: Math.max(a.pods, b.pods),
});

/**
 * Reads of all pods at once what a plan says of them, in one pass. Placements are few: pods of one template share one.
 *
 * @param volumes bound volumes that are a place of one node
 */
export function workloadsOf(
  pods: readonly PodObject[],
  volumes: readonly LocalVolumeObject[] = [],
): Workloads {
  const podsOf = byNode(pods);
  const sizes = workloadSizes(pods);
  const local = new Map(volumes.map((volume) => [`${volume.namespace}/${volume.claim}`, volume.name]));
  const placements = new Map<string, { index: number; placement: Placement }>();
  const known = new Map<Placement, number>();
  const indexOf = (placement: Placement): number => {
    const seen = known.get(placement);
    if (seen !== undefined) return seen;
    const key = JSON.stringify(placement);
    const entry = placements.get(key) ?? { index: placements.size, placement };
    placements.set(key, entry);
    known.set(placement, entry.index);
    return entry.index;
  };
  // Indexes are given as pods come: asked in another order they would differ, so all are given here.
  for (const pod of pods) if (pod.needs && isEvicted(pod)) indexOf(pod.needs.placement);

  return {
    placements: [...placements.values()].map(({ placement }) => placement),
    images: imagesOf(pods),
    ofNode(node) {
      const here = podsOf.get(node.name) ?? [];
      const evicted = here.filter(isEvicted);
      return {
        labels: { ...node.labels },
        taints: node.taints.map(({ key, value = '', effect }) => ({ key, value, effect })),
        ...(node.allocatable
          ? {
              room: {
                allocatable: node.allocatable,
                requested: requestedBy(here),
                demand: demandOf(evicted, indexOf),
              },
            }
          : {}),
        pods: {
          localVolumes: evicted.flatMap((pod) => localVolumesOf(pod, local)).sort(byPod),
          onlyOnes: evicted
            .filter((pod) => sizes.get(workloadOf(pod) ?? '') === 1)
            .map(nameOf)
            .toSorted(),
          slow: evicted
            .flatMap((pod) =>
              (pod.needs?.graceSeconds ?? 0) > longGraceSeconds
                ? [{ pod: nameOf(pod), graceSeconds: pod.needs?.graceSeconds ?? 0 }]
                : [],
            )
            .sort(byPod),
        },
      };
    },
  };
}

/** Nodes with what their pods mean for a drain. */
export function withWorkloads(
  told: readonly NodeSnapshot[],
  objects: readonly NodeObject[],
  workloads: Workloads,
): NodeSnapshot[] {
  const objectOf = new Map(objects.map((object) => [object.name, object]));
  return told.map((node) => {
    const object = objectOf.get(node.name);
    if (!object) return node;
    const { pods, ...rest } = workloads.ofNode(object);
    return { ...node, ...rest, pods: { ...node.pods, ...pods } };
  });
}

/** Sections of a snapshot that are about all pods. */
export function sectionsOf({ placements, images }: Workloads): Pick<Snapshot, 'placements' | 'images'> {
  return { placements: [...placements], images: [...images] };
}

const nameOf = (pod: Pick<PodObject, 'namespace' | 'name'>): string => `${pod.namespace}/${pod.name}`;
const byPod = (a: { pod: string }, b: { pod: string }): number =>
  a.pod < b.pod ? -1 : a.pod > b.pod ? 1 : 0;

/** Whether a drain evicts it and it then starts somewhere else: not what has finished, stays, or is leaving anyway. */
function isEvicted(pod: PodObject): boolean {
  const fate: DrainFate = drainFateOf(pod);
  return fate.fate === 'evicted' && !isFinished(pod) && pod.deletionTimestamp === undefined;
}

function workloadOf({ namespace, controller }: PodObject): string | undefined {
  if (!controller || !replicated.has(controller.kind)) return undefined;
  return `${namespace}/${controller.kind}/${controller.name}`;
}

function workloadSizes(pods: readonly PodObject[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const pod of pods) {
    const workload = isFinished(pod) ? undefined : workloadOf(pod);
    if (workload !== undefined) sizes.set(workload, (sizes.get(workload) ?? 0) + 1);
  }
  return sizes;
}

function requestedBy(pods: readonly PodObject[]): Amounts {
  return pods.reduce(
    (sum, pod) =>
      isFinished(pod) ? sum : plus(sum, pod.needs ? onePod(pod.needs) : { ...nothing, pods: 1 }),
    nothing,
  );
}

function demandOf(evicted: readonly PodObject[], indexOf: (placement: Placement) => number): Demand[] {
  const demands = new Map<number, Demand>();
  for (const { needs, controller } of evicted) {
    // What has no controller is gone for good, and asks for no other place.
    if (!needs || !controller) continue;
    const placement = indexOf(needs.placement);
    const before = demands.get(placement) ?? { placement, total: nothing, largest: nothing };
    const pod = onePod(needs);
    demands.set(placement, {
      placement,
      total: plus(before.total, pod),
      largest: larger(before.largest, pod),
    });
  }
  return [...demands.values()].sort((a, b) => a.placement - b.placement);
}

function localVolumesOf(pod: PodObject, local: ReadonlyMap<string, string>): LocalVolume[] {
  const volumes = (pod.claims ?? []).flatMap((claim) => local.get(`${pod.namespace}/${claim}`) ?? []);
  return [
    ...(pod.hostPaths ?? []).map(
      (path): LocalVolume => ({ pod: nameOf(pod), kind: 'host-path', what: path }),
    ),
    ...volumes.map((name): LocalVolume => ({ pod: nameOf(pod), kind: 'local-volume', what: name })),
  ];
}

/** Images of DaemonSets, and of whatever calls itself a cloud controller: few, of tens of thousands of pods. */
function imagesOf(pods: readonly PodObject[]): RunningImage[] {
  const counts = new Map<string, RunningImage>();
  for (const { controller, images, namespace } of pods) {
    for (const image of Object.values(images)) {
      const isWanted = controller?.kind === 'DaemonSet' || image.includes('cloud');
      if (!isWanted || !controller) continue;
      const workload = `${namespace}/${controller.name}`;
      const key = `${workload} ${image}`;
      counts.set(key, { image, workload, pods: (counts.get(key)?.pods ?? 0) + 1 });
    }
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image);
}
