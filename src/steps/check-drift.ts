import { StepFailure } from '../domain/failure.ts';
import type { CheckDrift } from '../domain/step.ts';
import type { StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';

/** Compares the cluster with the one that the plan was made for. There is nothing to do about a difference but to say so. */
export function checkDrift(deps: Pick<StepDependencies, 'gatherBasis'>): StepHandler<CheckDrift> {
  const isAsPlanned = async (step: CheckDrift, cluster: Parameters<typeof deps.gatherBasis>[0]) =>
    (await deps.gatherBasis(cluster)) === step.input.basis;

  return {
    observe: async (step, { cluster }) =>
      (await isAsPlanned(step, cluster)) ? { status: 'done', facts: {} } : { status: 'to-do' },
    act: () => Promise.resolve(),
    async verify(step, { cluster }) {
      if (await isAsPlanned(step, cluster)) return {};
      throw new StepFailure(
        'plan.drifted',
        `${cluster} is not as it was when this was planned: nodes, their versions or etcd's members have changed.`,
        { facts: { cluster } },
      );
    },
  };
}
