import type { Policy } from '../../domain/policy.ts';
import type { Run } from '../../domain/run.ts';
import type { Step } from '../../domain/step.ts';
import { turnOf } from './turns.ts';

/** The policy as it holds for a step: of a worker in a pool, with what is different in that pool. */
export function policyFor(run: Pick<Run, 'plan'>, step: Step): Policy {
  const { policy } = run.plan;
  if (policy.workers.pools.length === 0) return policy;
  const name = turnOf(run, step.key)?.pool;
  const pool = name === undefined ? undefined : policy.workers.pools.find((one) => one.name === name);
  if (!pool) return policy;
  const different = Object.entries(pool.drain).filter(([, value]) => value !== undefined);
  return { ...policy, drain: { ...policy.drain, ...Object.fromEntries(different) } };
}
