import type { Workload } from '../../domain/blockage.ts';
import { StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Kubernetes } from '../../ports/kubernetes.ts';
import type { AttemptContext } from '../../ports/step-handler.ts';
import { met, waitUntil } from '../wait-until.ts';

/** How long an API server that does not answer is waited for before the replica is left to the next attempt. */
const timeoutMs = 60_000;

/** The workloads that people had scaled up for this drain; each may have a replica more. */
export function scaledWorkloads(context: Pick<AttemptContext, 'answers'>): Workload[] {
  const workloads = context
    .answers()
    .flatMap((answer) => (answer.kind === 'scale-up' ? [answer.workload] : []));
  return [...new Map(workloads.map((workload) => [JSON.stringify(workload), workload])).values()];
}

/**
 * Puts back what each workload had. The count stands on the workload itself, so this is safe to repeat, and after a crash
 * the next attempt finds it. Throws StepFailure when a workload could not be put back.
 */
export async function putScaledBack(
  kubernetes: Pick<Kubernetes, 'dropReplica'>,
  clock: Clock,
  context: AttemptContext,
  node: NodeName,
): Promise<void> {
  for (const workload of scaledWorkloads(context)) {
    const name = `${workload.namespace}/${workload.name}`;
    try {
      const isBack = await waitUntil(
        async () => met(await kubernetes.dropReplica(workload, { run: context.run, for: node })),
        { clock, signal: context.signal, timeoutMs },
      );
      if (isBack.status === 'met' && isBack.value) context.note(`${name} has the replicas again that it had`);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      const { kind } = workload;
      throw new StepFailure(
        error.code,
        `${kind} ${name} keeps the replica that was added: ${error.message}`,
        {
          facts: { ...error.facts, node, workload: `${kind} ${name}` },
          retry: error.retry,
          cause: error,
        },
      );
    }
  }
}
