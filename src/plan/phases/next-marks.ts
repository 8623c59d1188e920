import type { Batch } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import type { Step } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { stepKey } from './step-key.ts';

/**
 * What is done before and after the workers so that a pod which leaves one of them does not move to another that is about
 * to be drained. Nothing with one worker to do, nor for nodes that are cordoned anyway.
 */
export function nextMarks(
  version: KubernetesVersion,
  workers: readonly NodeSnapshot[],
  { drain }: Pick<Policy, 'drain'>,
): { readonly before: readonly Batch[]; readonly after: readonly Batch[] } {
  const nodes = workers.filter(({ unschedulable }) => !unschedulable).map(({ name }) => name);
  if (!drain.markNextNodes || nodes.length < 2) return { before: [], after: [] };
  const alone = (reason: string, step: Step): Batch[] => [
    { turns: [{ subject: { kind: 'cluster' }, reason, steps: [step] }] },
  ];
  return {
    before: alone('pods move only once', {
      kind: 'mark-next-nodes',
      key: stepKey(version, 'mark-next-nodes'),
      input: { nodes },
    }),
    after: alone('nothing is left behind', {
      kind: 'unmark-next-nodes',
      key: stepKey(version, 'unmark-next-nodes'),
      input: { nodes },
    }),
  };
}
