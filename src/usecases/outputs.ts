import type { StepKey } from '../domain/names.ts';
import type { Run } from '../domain/run.ts';
import { catchUp } from '../run/executor/catch-up.ts';
import type { UseCaseDeps } from './deps.ts';
import type { UseCases } from './use-cases.ts';

/** What commands of a run printed: reads the store, and a node only where its command stands still and nobody follows it. */
export function outputs(deps: UseCaseDeps): Pick<UseCases, 'acts' | 'output' | 'refreshOutput'> {
  const { store, clock, log, readOutput } = deps;
  return {
    async acts(run) {
      const acts = await store.acts(run);
      const shown = await Promise.all(
        acts.map(async (act) => act.ending !== undefined || (await store.keptTo(act)) > 0),
      );
      return acts.filter((_, index) => shown[index]);
    },
    output: (act) => store.output(act),
    async refreshOutput(run) {
      const step = leftAlone(run);
      if (step === undefined || readOutput === undefined) return true;
      return catchUp({ store, clock, log, upkeep: { readOutput } }, run, step);
    },
  };
}

/** The step whose command goes on while the run waits for a decision about it: nobody reads what it prints. */
function leftAlone({ halt }: Run): StepKey | undefined {
  return halt?.failure.act === undefined ? undefined : halt.step;
}
