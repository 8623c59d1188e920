import type { RecordWorkloads } from '../domain/step.ts';
import type { StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';
import { workloadsOn } from './workloads.ts';

/** The file, among the run's backups, with what a batch is compared with afterwards. */
export function workloadsFile(batch: string): string {
  return `workloads/${batch}.json`;
}

/**
 * Notes how ready the workloads on the nodes of the next batch are. Taken again after a crash: until this step is through
 * no node of the batch has been begun, so the later look is as good as the first.
 */
export function recordWorkloads(
  deps: Pick<StepDependencies, 'kubernetesOf' | 'backups'>,
): StepHandler<RecordWorkloads> {
  return {
    observe: async () => ({ status: 'to-do' }),
    async act({ input }, { cluster, run }) {
      const workloads = await workloadsOn(deps.kubernetesOf(cluster), input.nodes);
      await deps.backups.writeText(cluster, run, workloadsFile(input.batch), JSON.stringify(workloads));
    },
    verify: async () => ({}),
  };
}
