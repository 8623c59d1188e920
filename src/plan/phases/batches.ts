import type { BatchSize, Policy } from '../../domain/policy.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import { compareNames } from '../text.ts';

/** How batches treat failure domains; `one-at-a-time`: the nodes of a batch are all in one zone. */
export type ZoneMode = NonNullable<Policy['workers']['zones']>;

/**
 * How many workers a batch has: a count, or a share of all the cluster's workers, rounded down so that the share is
 * never exceeded, but at least one.
 */
export function batchSize(size: BatchSize, workers: number): number {
  if (typeof size === 'number') return size;
  return Math.max(1, Math.floor((workers * Number.parseInt(size, 10)) / 100));
}

/**
 * Whether batches keep to zones: as configured; else where every worker says its zone and there are several, because
 * then replicas are spread over them and losing nodes of one is what the workloads are made for.
 */
export function zoneMode(configured: ZoneMode | undefined, workers: readonly NodeSnapshot[]): ZoneMode {
  if (configured !== undefined) return configured;
  const zones = new Set(workers.map(({ zone }) => zone));
  return zones.size > 1 && !zones.has(undefined) ? 'one-at-a-time' : 'ignore';
}

/** The nodes of a group in the order in which they are taken: those that were put first or last by hand, then by zones. */
export function inOrder(
  nodes: readonly NodeSnapshot[],
  { first, last }: Pick<Policy['nodes'], 'first' | 'last'>,
  zones: ZoneMode,
): NodeSnapshot[] {
  const byHand = (names: readonly string[]) =>
    names.flatMap((name) => nodes.find((node) => node.name === name) ?? []);
  const others = nodes.filter(({ name }) => !first.includes(name) && !last.includes(name));
  return [...byHand(first), ...byZones(others, zones), ...byHand(last)];
}

function byZones(nodes: readonly NodeSnapshot[], zones: ZoneMode): NodeSnapshot[] {
  const byName = nodes.toSorted((a, b) => compareNames(a.name, b.name));
  if (zones === 'ignore') return byName;
  const groups = [...Map.groupBy(byName, zoneOf)]
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([, group]) => group);
  if (zones === 'one-at-a-time') return groups.flat();
  const longest = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, round) => groups.flatMap((group) => group[round] ?? [])).flat();
}

/** Nodes in batches of a size, in their order; with `one-at-a-time` a batch ends where the zone does. */
export function inBatches(nodes: readonly NodeSnapshot[], size: number, zones: ZoneMode): NodeSnapshot[][] {
  const batches: NodeSnapshot[][] = [];
  for (const node of nodes) {
    const batch = batches.at(-1);
    const fits =
      batch !== undefined &&
      batch.length < size &&
      (zones !== 'one-at-a-time' || batch.every((other) => zoneOf(other) === zoneOf(node)));
    if (fits) batch.push(node);
    else batches.push([node]);
  }
  return batches;
}

function zoneOf({ zone }: NodeSnapshot): string {
  return zone ?? '';
}
