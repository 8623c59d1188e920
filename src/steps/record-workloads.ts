import type { RecordWorkloads, Soak } from '../domain/step.ts';
import type { StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';
import { workloadsOn } from './workloads.ts';

/** The file, among the run's backups, with what a batch is compared with afterwards: the same for both of its steps. */
export function workloadsFile({ key }: RecordWorkloads | Soak): string {
  // A plan may take its workers along more than once: each time, by its version, has records of its own.
  const [version = '', ...rest] = key.split('/');
  return `workloads/${version}/${rest.at(-1) ?? ''}.json`;
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
    async act(step, { cluster, run }) {
      const workloads = await workloadsOn(deps.kubernetesOf(cluster), step.input.nodes);
      await deps.backups.writeText(cluster, run, workloadsFile(step), JSON.stringify(workloads));
    },
    verify: async () => ({}),
  };
}
