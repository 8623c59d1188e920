import { assertNever } from '../../domain/assert-never.ts';
import type { Answer, Blockage } from '../../domain/blockage.ts';
import { duration } from '../text/duration.ts';
import { count, fold } from '../text/fold.ts';
import { code, short } from '../text/untrusted.ts';

/** What a person wants done, after their name: `@dana wants to …` (mrkdwn). */
export function answerText(answer: Answer, node: string): string {
  switch (answer.kind) {
    case 'keep-waiting':
      return `keep waiting for ${node}, at least ${duration(answer.seconds)} more`;
    case 'delete-pod':
      return `delete pod ${podText(answer)} on ${node} instead of evicting it`;
    case 'scale-up':
      return `scale ${workloadText(answer.workload)} up by one until ${node} is drained`;
    case 'skip-node':
      return `skip ${node}`;
    case 'stop':
      return `stop the drain of ${node} and decide then`;
    default:
      return assertNever(answer);
  }
}

/** `shop/db-1`, as code. */
export function podText({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return code(`${namespace}/${name}`);
}

/** `Deployment shop/db`, the name as code. */
function workloadText(workload: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${workload.kind} ${code(`${workload.namespace}/${workload.name}`)}`;
}

/** Why a pod is still there, with the arithmetic of its budgets: a sentence or two (mrkdwn). */
export function whyText(blockage: Blockage): string {
  const pod = `Pod ${podText(blockage)}`;
  switch (blockage.reason) {
    case 'budget':
    case 'several-budgets': {
      const shown = blockage.budgets.map(budgetText);
      if (shown.length === 0) return `${pod} may not be evicted: ${said(blockage)}.`;
      const which = fold(shown, { separator: '; ', maxEntries: 3, maxChars: 700 });
      return blockage.reason === 'budget'
        ? `${pod} may not be evicted: ${which}.`
        : `${pod} is covered by ${count(blockage.budgets.length, 'budget')}, and the API server then refuses every eviction: ${which}.`;
    }
    case 'refused':
      return `The eviction of pod ${podText(blockage)} was refused and is not asked for again: ${said(blockage)}.`;
    case 'terminating':
      return `${pod} was told to stop and has not ended${heldText(blockage)}.`;
    case 'namespace-terminating':
      return `${pod} goes with its namespace, which is being deleted and is not gone.`;
    case 'finishing':
      return `${pod} is marked to run to its end, and has not ended.`;
    case 'api-silent':
      return `The API server does not answer about pod ${podText(blockage)}: ${said(blockage)}.`;
    case 'webhook-silent':
      return `A webhook that has to agree to the eviction of pod ${podText(blockage)} does not answer: ${said(blockage)}.`;
    default:
      return assertNever(blockage.reason);
  }
}

/** `: a finalizer keeps it (`example.com/hold`) until whoever put it there takes it off`, or nothing. */
function heldText({ finalizers = [] }: Blockage): string {
  if (finalizers.length === 0) return '';
  const names = fold(
    finalizers.map((name) => code(short(name, 100))),
    { separator: ', ', maxEntries: 3, maxChars: 400 },
  );
  return `: ${finalizers.length === 1 ? 'a finalizer keeps' : 'finalizers keep'} it (${names}) until whoever put it there takes it off`;
}

function said({ message }: Blockage): string {
  return short(message, 400).replace(/[.\s]+$/, '');
}

/** `PDB `db` needs 2 healthy and has 2 (minAvailable 2, 2 pods): 0 may go now`. */
function budgetText(budget: Blockage['budgets'][number]): string {
  const rule =
    budget.minAvailable !== undefined
      ? `minAvailable ${short(budget.minAvailable, 20)}, `
      : budget.maxUnavailable !== undefined
        ? `maxUnavailable ${short(budget.maxUnavailable, 20)}, `
        : '';
  return (
    `PDB ${code(budget.name)} needs ${budget.desiredHealthy} healthy and has ${budget.currentHealthy} ` +
    `(${rule}${count(budget.expectedPods, 'pod')}): ${budget.disruptionsAllowed} may go now`
  );
}
