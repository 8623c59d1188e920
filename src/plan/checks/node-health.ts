import type { NodeSnapshot } from '../../domain/snapshot.ts';
import { pendingNodes } from '../nodes/pending.ts';
import { listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

/**
 * Whether nodes are well. A control plane that is not Ready blocks even when nothing is left to do there (kubeadm
 * preflight ControlPlaneNodesReady); a worker only when it gets a turn.
 */
export const checkNodeHealth: Check = (snapshot, { target }) => {
  const pending = new Set(pendingNodes(snapshot, target));
  const notReady = snapshot.nodes.filter((node) => !node.ready);
  const blocking = notReady.filter((node) => node.role === 'control-plane' || pending.has(node));
  const others = notReady.filter((node) => !blocking.includes(node));
  const pressed = snapshot.nodes.filter((node) => node.pressures.length > 0);
  const remedy =
    'See `kubectl describe node` and the kubelet log there; mend or remove the node, then plan again.';
  return [
    ...when(blocking.length > 0, () => ({
      code: 'node.not-ready',
      severity: 'blocker' as const,
      objects: nodeObjects(blocking),
      summary: `${listOf(blocking.map((node) => node.name))}: not Ready${because(blocking)}. An upgrade would hide what is wrong there.`,
      facts: reasonsOf(blocking),
      remedy,
    })),
    ...when(others.length > 0, () => ({
      code: 'node.not-ready',
      severity: 'warning' as const,
      objects: nodeObjects(others),
      summary: `${listOf(others.map((node) => node.name))}: not Ready${because(others)}, but nothing is left to do there.`,
      facts: reasonsOf(others),
      remedy,
    })),
    ...when(pressed.length > 0, () => ({
      code: 'node.pressure',
      severity: 'warning' as const,
      objects: nodeObjects(pressed),
      summary: `Under pressure: ${listOf(pressed.map((node) => `${node.name} (${node.pressures.join(', ')})`))}.`,
      facts: Object.fromEntries(pressed.map((node) => [node.name, node.pressures.join(', ')])),
      remedy: 'Free memory, disk or process ids there first: drained pods need room, and images need disk.',
    })),
  ];
};

type Sick = Pick<NodeSnapshot, 'name' | 'notReadyBecause'>;

/** The reason, where all have the same; each one's own is in the facts. */
function because(nodes: readonly Sick[]): string {
  const [reason, ...others] = new Set(nodes.map(({ notReadyBecause }) => notReadyBecause));
  return reason === undefined || others.length > 0 ? '' : ` (${reason})`;
}

function reasonsOf(nodes: readonly Sick[]): Record<string, string> {
  return Object.fromEntries(
    nodes.flatMap(({ name, notReadyBecause: reason }) => (reason === undefined ? [] : [[name, reason]])),
  );
}
