import { type Plan, stepsOf } from '../../domain/plan.ts';
import { nodeOf } from '../../domain/step.ts';

/** Each hop's own way back, a line each (plain text); none for a plan of one hop. */
export function waysBack(plan: Pick<Plan, 'reversibility' | 'phases' | 'from'>): string[] {
  const { hops = [] } = plan.reversibility;
  if (hops.length === 0) return [];
  const steps = stepsOf(plan);
  const lines = hops.map(({ from, to, freeUntil, etcdTo }) => {
    const place = steps.findIndex(({ key }) => key === freeUntil);
    const step = steps[place];
    if (step === undefined) return `${to} → ${from}: free all the way; no data lost`;
    return (
      `${to} → ${from}: free until ${nodeOf(step) ?? 'the last member'}'s etcd is upgraded (step ${place + 1} of ${steps.length}); ` +
      `after it etcd stays at ${etcdTo ?? 'its new version'} and the rest goes back; no data lost`
    );
  });
  return [
    ...lines,
    `Farther than one hop back to ${plan.from}: only from the backups, and what was written since is lost`,
  ];
}
