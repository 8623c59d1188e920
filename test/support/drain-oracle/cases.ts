import * as fc from 'fast-check';
import { bareNode } from '../../../sandbox/cluster/model/bootstrap.ts';
import type { ClusterModel } from '../../../sandbox/cluster/model/cluster.ts';
import type { KubeNode, KubeObject, Pod } from '../../../sandbox/cluster/model/objects.ts';
import { deletePod } from '../../../sandbox/cluster/model/pods.ts';
import { type Later, leaving, losing, makers, staying, stuck } from './kinds.ts';
import { namespace, spareLabel } from './objects.ts';

/** One node to be drained, with how. */
export interface DrainCase {
  readonly node: string;
  /** What is on it, for messages: `managed`, `budget-half`. */
  readonly kinds: readonly string[];
  readonly force: boolean;
  readonly deleteEmptyDirData: boolean;
  readonly objects: readonly KubeObject[];
  readonly later: readonly Later[];
}

const spares = 8;
const all = Object.keys(makers);
const harmless = [
  ...Object.keys(leaving),
  ...Object.keys(leaving),
  ...Object.keys(losing),
  ...Object.keys(staying),
];

/**
 * Nodes as a seed makes them: every kind of pod comes first on some node, beside others that do not hold a drain up for
 * ever; two of three drains may lose what they must.
 */
export function drainCases(seed: number, count: number): DrainCase[] {
  const shape = fc.record({
    others: fc.array(fc.constantFrom(...harmless), { maxLength: 3 }),
    size: fc.integer({ min: 1, max: 4 }),
    force: fc.constantFrom(true, true, false),
    deleteEmptyDirData: fc.constantFrom(true, true, false),
  });
  return fc.sample(shape, { seed, numRuns: count }).map(({ others, size, ...flags }, index) => {
    const node = `node-${String(index + 1).padStart(2, '0')}`;
    const kinds = [all[index % all.length] ?? 'managed', ...others];
    const made = kinds.map((kind, place) => {
      const name = `${kind.slice(0, 20)}-${place}`.replaceAll(/-+/g, '-');
      return makers[kind]?.({ node, space: node, name, size }) ?? { objects: [] };
    });
    return {
      node,
      kinds,
      ...flags,
      objects: [namespace(node), ...made.flatMap(({ objects }) => objects)],
      later: made.flatMap(({ later = [] }) => later),
    };
  });
}

/** Whether a drain of it can end well: nothing on it is stuck, and nothing is kept by a flag that is missing. */
export function canDrain({ kinds, force, deleteEmptyDirData }: DrainCase): boolean {
  const has = (...of: string[]): boolean => of.some((kind) => kinds.includes(kind));
  if (has(...Object.keys(stuck))) return false;
  if (!force && has('bare', 'orphan-of-a-daemon-set')) return false;
  return deleteEmptyDirData || !has('empty-dir');
}

/** Everything that a cluster needs for the cases, to be started with. */
export function objectsOf(cases: readonly DrainCase[], version: string): KubeObject[] {
  const node = (name: string, index: number, labels: Record<string, string> = {}): KubeNode => {
    const bare = bareNode(name, `10.79.0.${index + 1}`, version, `boot-${name}`);
    return { ...bare, metadata: { ...bare.metadata, labels: { ...bare.metadata.labels, ...labels } } };
  };
  return [
    ...Array.from({ length: spares }, (_, index) => node(`spare-${index + 1}`, 200 + index, spareLabel)),
    ...cases.flatMap((one, index) => [node(one.node, index), ...one.objects]),
  ];
}

/** Lets happen what is to happen to each node after its cordon. @returns what ends it */
export function arm({ store, clock }: ClusterModel, cases: readonly DrainCase[]): () => void {
  const waiting = new Map(cases.map((one) => [one.node, one.later]));
  return store.onChange(({ object }) => {
    if (object.kind !== 'Node' || (object as KubeNode).spec.unschedulable !== true) return;
    for (const { afterMs, act, namespace: space, pod: name } of waiting.get(object.metadata.name) ?? []) {
      clock.after(afterMs, () => {
        const pod = store.get<Pod>('Pod', space, name);
        if (!pod) return;
        if (act === 'delete') deletePod(store, pod);
        else store.modify<Pod>('Pod', space, name, withoutFinalizers);
      });
    }
    waiting.delete(object.metadata.name);
  });
}

function withoutFinalizers(pod: Pod): Pod {
  const { finalizers: _, ...metadata } = pod.metadata;
  return { ...pod, metadata };
}
