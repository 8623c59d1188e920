import type { StepFailure } from '../../src/domain/failure.ts';
import type { Step, StepKind } from '../../src/domain/step.ts';
import type { AttemptContext, StepHandler, StepHandlers } from '../../src/ports/step-handler.ts';

/** Thrown where a test lets the process die. */
export class Crash extends Error {}

/** A world of nothing but effects: each step has one, which is there or not, and is counted. It outlives processes. */
export interface EffectWorld {
  readonly done: Map<string, number>;
  readonly log: string[];
  /** Called around every effect; may throw to fail or to crash there. */
  around: (
    moment: 'before' | 'after' | 'verify',
    step: Step,
    context: AttemptContext,
  ) => void | Promise<void>;
}

export function createEffectWorld(): EffectWorld {
  return { done: new Map(), log: [], around: () => undefined };
}

/** Handlers over the effect world that keep to the contract: observe looks, act does, verify looks again. */
export function effectHandlers(world: EffectWorld): StepHandlers {
  const handler: StepHandler<Step> = {
    async observe(step) {
      return world.done.has(step.key) ? { status: 'done', facts: {} } : { status: 'to-do' };
    },
    async act(step, context) {
      await world.around('before', step, context);
      world.done.set(step.key, (world.done.get(step.key) ?? 0) + 1);
      world.log.push(step.key);
      await world.around('after', step, context);
    },
    async verify(step, context) {
      await world.around('verify', step, context);
      return {};
    },
  };
  return new Proxy({} as StepHandlers, { get: (_, kind: StepKind) => (kind ? handler : undefined) });
}

/** Fails a kind of step on a node a number of times. */
export function failing(kind: StepKind, subject: string, times: number, failure: () => StepFailure) {
  let left = times;
  return (moment: string, step: Step): void => {
    if (moment !== 'before' || step.kind !== kind || !step.key.includes(`/${subject}/`) || left === 0) return;
    left -= 1;
    throw failure();
  };
}
