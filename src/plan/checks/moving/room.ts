import type { Policy } from '../../../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../../domain/snapshot.ts';
import type { Amounts } from '../../../domain/workload-facts.ts';
import { roomFor, type Shortage } from '../../nodes/room.ts';
import { nodesToDrain } from '../../nodes/to-drain.ts';
import { inBatches, inOrder, zoneMode } from '../../phases/batches.ts';
import { workerGroups } from '../../phases/worker-groups.ts';
import { workersOf } from '../../running.ts';
import { bytes, count, listOf } from '../../text.ts';
import { type Check, nodeObjects } from '../check.ts';

const byKind = {
  nowhere: (shortage: Shortage) => `no other node takes ${count(shortage.pods, 'pod')} of theirs`,
  together: ({ of, pods, wanted, free, takers }: Shortage) => {
    const others = `the ${count(takers, 'node')} that may take them ${takers === 1 ? 'has' : 'have'}`;
    return of === 'pods'
      ? `${count(pods, 'pod')} move, and ${others} places for ${free}`
      : `${count(pods, 'pod')} ask for ${amount(of, wanted)}, and ${others} ${amount(of, free)} free`;
  },
  largest: (shortage: Shortage) =>
    `one pod asks for ${amount(shortage.of, shortage.wanted)}, and no node that may take it has more than ${amount(shortage.of, shortage.free)} free`,
} as const;

/** Whether what each batch evicts has room on the rest, by requests: see roomFor for what that knows and does not know. */
export const checkRoom: Check = (snapshot, intent, policy) => {
  const shortageOf = roomFor(snapshot);
  const together = setsOf(nodesToDrain(snapshot, intent, policy), snapshot, policy);
  const shortages = together.flatMap((nodes) => shortageOf(nodes) ?? []);
  const [first] = shortages.toSorted((a, b) => severity(b) - severity(a));
  if (!first) return [];
  const others = shortages.length - 1;
  const nodes = [...new Set(shortages.flatMap((shortage) => shortage.nodes))];
  return [
    {
      code: 'drain.no-room',
      severity: 'warning',
      objects: nodeObjects(nodes),
      summary: `While ${listOf(first.nodes.map(({ name }) => name))} ${first.nodes.length === 1 ? 'is' : 'are'} drained, ${byKind[first.kind](first)}.${others > 0 ? ` So it is with ${others} more of ${together.length} batches.` : ''}`,
      facts: {
        batches: String(together.length),
        short: String(shortages.length),
        wanted: amount(first.of, first.wanted),
        free: amount(first.of, first.free),
        nodesThatMayTakeThem: String(first.takers),
      },
      remedy:
        'Add a node, scale something down, or make the batch smaller; pods without room stay Pending until the node is back. Only requests, taints, selectors and required node affinity were counted.',
    },
  ];
};

/** The nodes that are drained at the same time: control planes one by one, workers as the plan takes them. */
function setsOf(drained: readonly NodeSnapshot[], snapshot: Snapshot, policy: Policy): NodeSnapshot[][] {
  const controlPlanes = drained.filter(({ role }) => role === 'control-plane').map((node) => [node]);
  const workers = drained.filter(({ role }) => role === 'worker');
  const zones = zoneMode(policy.workers.zones, workersOf(snapshot));
  const batches = workerGroups(workers, snapshot, policy).flatMap(({ nodes, canaries, batch }) => {
    const ordered = inOrder(nodes, policy.nodes, zones);
    const alone = ordered.slice(0, canaries).map((node) => [node]);
    return [...alone, ...inBatches(ordered.slice(canaries), batch, zones)];
  });
  return [...controlPlanes, ...batches];
}

/** The share that finds no place; what fits nowhere has no share to compare and comes first. */
const severity = ({ kind, wanted, free }: Shortage): number =>
  kind === 'nowhere' ? Number.POSITIVE_INFINITY : (wanted - free) / wanted;

function amount(of: keyof Amounts, value: number): string {
  if (of === 'memoryBytes') return bytes(value);
  return of === 'pods' ? count(value, 'pod') : `${Number((value / 1000).toFixed(2))} cores`;
}
