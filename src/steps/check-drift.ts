import { StepFailure } from '../domain/failure.ts';
import type { CheckDrift } from '../domain/step.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';

/** Compares the cluster with the one that the plan was made for. There is nothing to do about a difference but to say so. */
export function checkDrift(deps: Pick<StepDependencies, 'driftSince'>): StepHandler<CheckDrift> {
  const drift = ({ input }: CheckDrift, { cluster, origin }: AttemptContext) =>
    deps.driftSince(cluster, { basis: input.basis, ...(origin === undefined ? {} : { origin }) });

  return {
    observe: async (step, context) =>
      (await drift(step, context)) === undefined ? { status: 'done', facts: {} } : { status: 'to-do' },
    act: () => Promise.resolve(),
    async verify(step, context) {
      const changed = await drift(step, context);
      if (changed === undefined) return {};
      throw new StepFailure('plan.drifted', changed, { facts: { cluster: context.cluster } });
    },
  };
}
