import type { NodeSnapshot } from '../../domain/snapshot.ts';
import { listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

const names = (nodes: readonly NodeSnapshot[]) => listOf(nodes.map((node) => node.name));

/** Nodes that are unschedulable before anything was done. Whoever set a cordon takes it away; the plan does not. */
export const checkCordons: Check = (snapshot) => {
  const cordoned = snapshot.nodes.filter((node) => node.unschedulable);
  const others = cordoned.filter((node) => node.cordonedByRun === undefined);
  const ours = cordoned.filter((node) => node.cordonedByRun !== undefined);
  const runs = [...new Set(ours.map((node) => node.cordonedByRun ?? ''))];
  return [
    ...when(others.length > 0, () => ({
      code: 'node.cordoned-by-others',
      severity: 'warning' as const,
      objects: nodeObjects(others),
      summary: `Cordoned by somebody else: ${names(others)}. They are upgraded where needed and stay cordoned.`,
      facts: {},
      remedy: 'Ask who cordoned them; uncordon them before planning if they are to take pods again.',
    })),
    ...when(ours.length > 0, () => ({
      code: 'node.cordoned-by-run',
      severity: 'warning' as const,
      objects: nodeObjects(ours),
      summary: `Still cordoned by an earlier run (${listOf(runs)}): ${names(ours)}. They stay cordoned.`,
      facts: Object.fromEntries(ours.map((node) => [node.name, node.cordonedByRun ?? ''])),
      remedy:
        'Resume that run if it can be; if it has ended, see that the node is well, `kubectl uncordon` it and plan again.',
    })),
  ];
};
