import type { FindingObject } from '../../../domain/finding.ts';
import type { NodeSnapshot } from '../../../domain/snapshot.ts';
import { listOf } from '../../text.ts';

/** Something that is configured somewhere, and what is to be said of it. */
export interface Trouble {
  /** What is configured, with what comes of it: `--cloud-config (gone in v1.34)`. */
  readonly what: string;
  readonly component: string;
  readonly place: string;
  readonly node?: NodeSnapshot;
}

/** Objects of a finding: each ConfigMap and each node once, in the order in which they come. */
export function objectsOf(troubles: readonly Trouble[]): FindingObject[] {
  const objects = new Map<string, FindingObject>();
  for (const { node, place } of troubles) {
    const object: FindingObject =
      node === undefined
        ? { kind: 'ConfigMap', namespace: 'kube-system', name: place }
        : { kind: 'Node', name: node.name };
    objects.set(`${object.kind}/${object.name}`, object);
  }
  return [...objects.values()];
}

/** `--cloud-config (gone in v1.34) of kubelet in /etc/default/kubelet on w-1 and w-2`; the same thing in several places once. */
export function placesText(troubles: readonly Trouble[]): string {
  const groups = new Map<string, { text: string; nodes: string[] }>();
  for (const { what, component, place, node } of troubles) {
    const text = `${what} of ${component} in ${node === undefined ? 'the ConfigMap ' : ''}${place}`;
    const group = groups.get(text) ?? { text, nodes: [] };
    if (node !== undefined) group.nodes.push(node.name);
    groups.set(text, group);
  }
  return listOf(
    [...groups.values()].map(({ text, nodes }) =>
      nodes.length === 0 ? text : `${text} on ${listOf(nodes)}`,
    ),
    4,
  );
}

/** Facts by what is configured: where. */
export function factsOf(troubles: readonly Trouble[]): Record<string, string> {
  const facts = new Map<string, Set<string>>();
  for (const { what, component, place, node } of troubles) {
    const key = `${component} ${what}`;
    const where = facts.get(key) ?? new Set();
    where.add(node === undefined ? place : `${node.name}:${place}`);
    facts.set(key, where);
  }
  return Object.fromEntries([...facts].map(([key, where]) => [key, [...where].join(', ')]));
}
