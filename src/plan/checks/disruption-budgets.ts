import type { Finding } from '../../domain/finding.ts';
import type { PdbSnapshot } from '../../domain/snapshot.ts';
import { nodesToDrain } from '../nodes/to-drain.ts';
import { count, listOf } from '../text.ts';
import type { Check } from './check.ts';

function remedyFor(pdb: PdbSnapshot): string {
  const wanted = pdb.desiredHealthy + 1;
  if (pdb.expectedPods <= pdb.desiredHealthy) {
    return `It can never allow one with ${count(pdb.expectedPods, 'pod')}: scale its workload to ${wanted}, or loosen the budget.`;
  }
  return `Wait until ${wanted} of its ${pdb.expectedPods} pods are healthy; the drain waits for that as well.`;
}

/**
 * How many evictions a budget allows when every pod of it is healthy; shares are rounded up, as the disruption controller
 * does (pkg/controller/disruption). Undefined where it asks for nothing that is known.
 */
function allowedAtBest(pdb: PdbSnapshot): number | undefined {
  const { minAvailable, maxUnavailable, expectedPods } = pdb;
  const scaled = (amount: string): number =>
    amount.endsWith('%') ? Math.ceil((Number.parseInt(amount, 10) * expectedPods) / 100) : Number(amount);
  if (maxUnavailable !== undefined) return Math.min(expectedPods, scaled(maxUnavailable));
  return minAvailable === undefined ? undefined : Math.max(0, expectedPods - scaled(minAvailable));
}

function neverAllows(pdb: PdbSnapshot): boolean {
  return pdb.expectedPods > 0 && allowedAtBest(pdb) === 0;
}

function neverFinding(pdb: PdbSnapshot, nodes: readonly string[]): Finding {
  const { namespace, name, expectedPods, minAvailable, maxUnavailable } = pdb;
  const asks =
    minAvailable === undefined ? `maxUnavailable ${maxUnavailable}` : `minAvailable ${minAvailable}`;
  const more =
    minAvailable === undefined || minAvailable.endsWith('%')
      ? ''
      : `scale its workload to ${Number(minAvailable) + 1} pods, or `;
  return {
    code: 'pdb.never-allows',
    severity: 'blocker',
    objects: [
      { kind: 'PodDisruptionBudget', namespace, name },
      ...nodes.map((node) => ({ kind: 'Node', name: node })),
    ],
    summary: `PDB ${namespace}/${name} can never allow an eviction: ${asks} of ${count(expectedPods, 'pod')} leaves 0 that may go, so no drain of ${listOf(nodes)} comes to its end.`,
    facts: { asks, expectedPods: String(expectedPods), allowedAtBest: '0' },
    remedy: `For the upgrade ${more}loosen the budget (kubectl -n ${namespace} edit pdb ${name}).`,
  };
}

/**
 * Budgets that have pods on nodes which will be drained, and allow no eviction: never, whatever their pods do, or not now,
 * so that the drain waits.
 */
export const checkDisruptionBudgets: Check = (snapshot, intent, policy) => {
  const drained = new Set<string>(nodesToDrain(snapshot, intent, policy).map((node) => node.name));
  return snapshot.pdbs.flatMap((pdb): Finding[] => {
    const nodes = pdb.nodes.filter((node) => drained.has(node));
    if (nodes.length === 0) return [];
    if (neverAllows(pdb)) return [neverFinding(pdb, nodes)];
    if (pdb.disruptionsAllowed > 0) return [];
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
