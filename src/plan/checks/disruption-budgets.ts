import type { Finding } from '../../domain/finding.ts';
import type { PdbSnapshot } from '../../domain/snapshot.ts';
import type { Check } from '../check.ts';
import { pendingNodes } from '../pending.ts';
import { count, listOf } from '../text.ts';

function remedyFor(pdb: PdbSnapshot): string {
  const wanted = pdb.desiredHealthy + 1;
  if (pdb.expectedPods <= pdb.desiredHealthy) {
    return `It can never allow one with ${count(pdb.expectedPods, 'pod')}: scale its workload to ${wanted}, or loosen the budget.`;
  }
  return `Wait until ${wanted} of its ${pdb.expectedPods} pods are healthy; the drain waits for that as well.`;
}

/** Budgets that allow no eviction now and have pods on nodes that will be drained: those drains will wait. */
export const checkDisruptionBudgets: Check = (snapshot, { target }) => {
  const drained = new Set<string>(pendingNodes(snapshot, target).map((node) => node.name));
  return snapshot.pdbs.flatMap((pdb): Finding[] => {
    const nodes = pdb.nodes.filter((node) => drained.has(node));
    if (pdb.disruptionsAllowed > 0 || nodes.length === 0) return [];
    return [
      {
        code: 'pdb.blocks-now',
        severity: 'warning',
        objects: [
          { kind: 'PodDisruptionBudget', namespace: pdb.namespace, name: pdb.name },
          ...nodes.map((name) => ({ kind: 'Node', name })),
        ],
        summary:
          `PDB ${pdb.namespace}/${pdb.name} allows 0 disruptions now (needs ${pdb.desiredHealthy}, has ` +
          `${pdb.currentHealthy}): ${listOf(nodes)} will wait.`,
        facts: {
          disruptionsAllowed: String(pdb.disruptionsAllowed),
          desiredHealthy: String(pdb.desiredHealthy),
          currentHealthy: String(pdb.currentHealthy),
          expectedPods: String(pdb.expectedPods),
        },
        remedy: remedyFor(pdb),
      },
    ];
  });
};
