import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import type { Amounts } from '../../domain/workload-facts.ts';
import { takes } from './placement.ts';

/** Pods of some nodes for which the others have no room, and the arithmetic. */
export interface Shortage {
  readonly nodes: readonly NodeSnapshot[];
  readonly pods: number;
  /** `largest`: one pod alone fits on no node, though all together have room. */
  readonly kind: 'nowhere' | 'together' | 'largest';
  readonly of: keyof Amounts;
  readonly wanted: number;
  readonly free: number;
  /** How many other nodes may take them. */
  readonly takers: number;
}

const amounts = ['cpuMillis', 'memoryBytes', 'pods'] as const;

/**
 * Asks, for nodes that are drained together, whether the requests of what they would evict fit into what the other nodes
 * have free. A heuristic that errs on the side of room: pods are poured like water into all nodes that may take them, and
 * only the largest of a kind has to fit somewhere as a whole. So a shortage is real (unless an autoscaler brings nodes),
 * and room is no promise.
 */
export function roomFor(snapshot: Snapshot): (drained: readonly NodeSnapshot[]) => Shortage | undefined {
  const placements = snapshot.placements ?? [];
  const open = snapshot.nodes.filter(({ ready, unschedulable, room }) => ready && !unschedulable && room);
  const freeOf = new Map(open.map((node) => [node, freeIn(node)]));
  const takersOf = memo((placement: number) => {
    const wanted = placements[placement];
    const nodes = new Set(wanted ? open.filter((node) => takes(node, wanted)) : []);
    const free = total([...nodes].map((node) => freeOf.get(node) ?? nothing));
    return { nodes, free, largest: byLargest(nodes, freeOf) };
  });
  // Whether whoever may take one kind of pods may take the other kind as well: those compete for the same room.
  const isWithin = memo((pair: string) => {
    const [inner = 0, outer = 0] = pair.split(' ').map(Number);
    const others = takersOf(outer).nodes;
    return inner === outer || [...takersOf(inner).nodes].every((node) => others.has(node));
  });

  return (drained) => {
    const demand = demandOf(drained);
    const isDrained = new Set(drained);
    const missing = [...demand].flatMap(([placement, { largest }]): Shortage[] => {
      const takers = takersOf(placement);
      const inside = drained.filter((node) => takers.nodes.has(node));
      const count = takers.nodes.size - inside.length;
      const free = minus(takers.free, total(inside.map((node) => freeOf.get(node) ?? nothing)));
      const competing = [...demand].filter(([other]) => isWithin(`${other} ${placement}`));
      const wanted = total(competing.map(([, each]) => each.total));
      const common = { nodes: drained, pods: wanted.pods, takers: count };
      if (count === 0) return [{ ...common, kind: 'nowhere', of: 'pods', wanted: wanted.pods, free: 0 }];
      const short = amounts.find((of) => wanted[of] > free[of]);
      if (short)
        return [{ ...common, kind: 'together', of: short, wanted: wanted[short], free: free[short] }];
      const tooLarge = (['cpuMillis', 'memoryBytes'] as const).flatMap((of): Shortage[] => {
        const most = takers.largest[of].find(({ node }) => !isDrained.has(node))?.free ?? 0;
        return largest[of] > most
          ? [{ ...common, kind: 'largest', of, wanted: largest[of], free: most }]
          : [];
      });
      return tooLarge.slice(0, 1);
    });
    // What fits nowhere at all says more than what is a little short.
    return missing.toSorted((a, b) => rank[a.kind] - rank[b.kind])[0];
  };
}

const rank = { nowhere: 0, together: 1, largest: 2 } as const;
const nothing: Amounts = { cpuMillis: 0, memoryBytes: 0, pods: 0 };

const combine = (a: Amounts, b: Amounts, by: (a: number, b: number) => number): Amounts => ({
  cpuMillis: by(a.cpuMillis, b.cpuMillis),
  memoryBytes: by(a.memoryBytes, b.memoryBytes),
  pods: by(a.pods, b.pods),
});
const minus = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x - y);
const total = (of: readonly Amounts[]): Amounts =>
  of.reduce((a, b) => combine(a, b, (x, y) => x + y), nothing);

/** What is free on a node; one that is overcommitted by pods without a scheduler has nothing, not less. */
function freeIn({ room }: NodeSnapshot): Amounts {
  return room ? combine(room.allocatable, room.requested, (a, b) => Math.max(0, a - b)) : nothing;
}

function demandOf(drained: readonly NodeSnapshot[]): Map<number, { total: Amounts; largest: Amounts }> {
  const demands = new Map<number, { total: Amounts; largest: Amounts }>();
  for (const demand of drained.flatMap(({ room }) => room?.demand ?? [])) {
    const before = demands.get(demand.placement) ?? { total: nothing, largest: nothing };
    demands.set(demand.placement, {
      total: total([before.total, demand.total]),
      largest: combine(before.largest, demand.largest, Math.max),
    });
  }
  return demands;
}

function byLargest(nodes: ReadonlySet<NodeSnapshot>, freeOf: ReadonlyMap<NodeSnapshot, Amounts>) {
  const sorted = (of: 'cpuMillis' | 'memoryBytes') =>
    [...nodes].map((node) => ({ node, free: freeOf.get(node)?.[of] ?? 0 })).sort((a, b) => b.free - a.free);
  return { cpuMillis: sorted('cpuMillis'), memoryBytes: sorted('memoryBytes') };
}

function memo<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    if (!known.has(key)) known.set(key, make(key));
    return known.get(key) as Value;
  };
}
