import type { RunEvent } from '../../domain/event.ts';
import type { Instant, StepKey, UserId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { counts } from '../../domain/waiting.ts';
import { turnOf } from './turns.ts';

/**
 * Leaving out one step of a node's turn would leave the node half done and go on as if it were not, so the rest of its
 * turn is left out with it: what comes after the step and was not begun.
 */
export function skipRest(
  run: Run,
  key: StepKey,
  said: { readonly by: UserId; readonly reason: string; readonly at: Instant },
): RunEvent[] {
  const steps = turnOf(run, key)?.steps ?? [];
  const from = steps.findIndex((step) => step.key === key);
  return steps
    .slice(from + 1)
    .filter((step) => !run.steps.has(step.key))
    .map((step) => ({ kind: 'step-skipped', step: step.key, ...said }));
}

/**
 * What follows when a step ends to which somebody had answered that its node is to be left out: their word holds however
 * it ended.
 * @param ending the events of its end
 */
export function withSkip(
  run: Run,
  key: StepKey,
  ending: readonly RunEvent[],
  at: Instant,
): readonly RunEvent[] | undefined {
  const given = (run.steps.get(key)?.answers ?? []).find(
    (candidate) => candidate.answer.kind === 'skip-node' && counts(candidate),
  );
  if (given === undefined) return undefined;
  const said = { by: given.answer.by, reason: given.reason ?? 'it stood still', at };
  const failed = ending.some((event) => event.kind === 'step-failed');
  return [
    ...ending,
    ...(failed ? [{ kind: 'step-skipped', step: key, ...said } as const] : []),
    ...skipRest(run, key, said),
  ];
}
