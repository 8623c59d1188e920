import { nodesToDrain } from '../../nodes/to-drain.ts';
import { count, forms, listOf } from '../../text.ts';
import { type Check, when } from '../check.ts';

/** Pods that more than one budget selects: the eviction API answers 500, whatever the budgets allow (eviction.go). */
export const checkOverlappingBudgets: Check = (snapshot, intent, policy) => {
  const drained = new Set<string>(nodesToDrain(snapshot, intent, policy).map(({ name }) => name));
  const pods = (snapshot.overlappingBudgets ?? []).filter(({ node }) => drained.has(node));
  const told = pods.map(({ pod, budgets }) => `${pod} (${budgets.join(' and ')})`);
  return when(pods.length > 0, () => ({
    code: 'pdb.several-per-pod',
    severity: 'blocker',
    objects: pods.map(({ pod }) => {
      const [namespace = '', name = pod] = pod.split('/');
      return { kind: 'Pod', namespace, name };
    }),
    summary: `${count(pods.length, 'pod')} ${forms(pods, 'is', 'are')} selected by more than one PDB, and such pods cannot be evicted: ${listOf(told)}.`,
    facts: { pods: String(pods.length) },
    remedy: 'Leave one budget for each pod: delete the others, or narrow their selectors.',
  }));
};
