import { pendingNodes } from '../nodes/pending.ts';
import { controlPlanesOf } from '../running.ts';
import { type Check, nodeObjects, when } from './check.ts';

/** With one control plane the API is away while it restarts; workloads go on, but nothing is scheduled or healed. */
export const checkSingleControlPlane: Check = (snapshot, { target }) => {
  const nodes = controlPlanesOf(snapshot);
  const [only] = nodes;
  const hasTurn = pendingNodes(snapshot, target).some((node) => node === only);
  return when(nodes.length === 1 && hasTurn, () => ({
    code: 'control-plane.single',
    severity: 'warning',
    objects: nodeObjects(nodes),
    summary: `${only?.name} is the only control plane: the API is away for minutes while it is upgraded.`,
    facts: {},
    remedy: 'Warn those who deploy meanwhile. Running pods go on; nothing is scheduled, scaled or healed.',
  }));
};
