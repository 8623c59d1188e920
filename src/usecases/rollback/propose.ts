import { instant } from '../../domain/names.ts';
import type { Plan, Refusal } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { WaysBack } from '../../domain/rollback.ts';
import type { Run } from '../../domain/run.ts';
import { normalise } from '../../plan/normalise.ts';
import { isTakenBack, planRollback } from '../../plan/rollback/plan-rollback.ts';
import { verdictsOf } from '../../plan/rollback/ways.ts';
import { appendEvents } from '../../run/record/journal.ts';
import type { Unobservable } from '../../snapshot/unobservable.ts';
import type { Asker } from '../asker.ts';
import type { UseCaseDeps } from '../deps.ts';
import { proposalOf, withdrawProposal } from '../proposals.ts';
import type { UseCases } from '../use-cases.ts';
import type { NoRollback, RollbackAsk } from './outcomes.ts';
import { rollbacksOf, upgradeToTakeBack } from './target.ts';

interface Assessed {
  readonly status: 'assessed';
  readonly of: Run;
  readonly ways: WaysBack;
  readonly planned: Plan | Refusal;
}

/** Looks at the cluster and says what taking a run back would mean. Changes nothing anywhere. */
export function assessRollback(deps: UseCaseDeps): UseCases['assessRollback'] {
  return async (request) => {
    const assessed = await assess(deps, request);
    if (assessed.status !== 'assessed') return assessed;
    const { of, ways, planned } = assessed;
    return { status: 'assessed', of, ways, planned };
  };
}

/**
 * Plans taking a run back, and stores the plan as a proposal that people can approve. The run that is taken back learns of
 * it after that: a crash in between leaves a proposal that is not linked from there, and nothing else.
 */
export function proposeRollback(deps: UseCaseDeps): UseCases['proposeRollback'] {
  return async (request) => {
    const assessed = await assess(deps, request);
    if (assessed.status !== 'assessed') return assessed;
    const { of, ways, planned } = assessed;
    if (planned.kind === 'refusal') return { status: 'refused', refusal: planned, of, ways };
    await withdrawOlder(deps, request, of);
    return { status: 'proposed', ...(await storeRollback(deps, planned, of, request)), ways };
  };
}

/** Stores the plan of a rollback as a proposal of somebody, and then writes it down with the run that it takes back. */
export async function storeRollback(
  deps: UseCaseDeps,
  plan: Plan,
  of: Run,
  asker: Asker,
): Promise<{ run: Run; of: Run }> {
  const { run, events } = proposalOf(deps, plan, asker);
  await deps.store.create(run, events);
  deps.onCommit(run);
  const at = instant(deps.clock.now());
  const drill = plan.purpose.kind === 'rollback' && plan.purpose.drill === true;
  const told = await appendEvents(deps.store, of.id, () => [
    { kind: 'rollback-proposed', at, by: asker.user, run: run.id, ...(drill ? { drill } : {}) },
  ]);
  deps.onCommit(told.run);
  return { run, of: told.run };
}

async function assess(deps: UseCaseDeps, request: RollbackAsk): Promise<Assessed | NoRollback> {
  const found = await upgradeToTakeBack(deps, request, request.of);
  if (found.status !== 'found') return found;
  const { of, config } = found;
  const looked = await planBack(deps, of, config.policy, request);
  if (looked.status === 'unobservable') return { status: 'unobservable', of, findings: looked.findings };
  const { ways, planned } = looked;
  if (planned.kind === 'refusal' && isTakenBack(planned)) return { status: 'nothing-to-take-back', of };
  return { status: 'assessed', of, ways, planned };
}

type PlannedBack =
  | {
      readonly status: 'planned';
      readonly ways: WaysBack;
      readonly planned: Plan | Refusal;
      /** No API server answered. */
      readonly blind: boolean;
    }
  | Unobservable;

/** Looks at the cluster and at what an upgrade saved, judges all ways back and plans the one that is wanted. */
export async function planBack(
  deps: Pick<UseCaseDeps, 'lookBack' | 'store'>,
  of: Run,
  policy: Policy,
  { scope, etcd, drill }: Pick<RollbackAsk, 'scope' | 'etcd'> & { readonly drill?: true },
): Promise<PlannedBack> {
  const [seen, earlier, history] = await Promise.all([
    deps.lookBack(of, policy),
    rollbacksOf(deps, of.cluster, of.id),
    deps.store.usualDurations(of.cluster),
  ]);
  if (seen.status === 'unobservable') return seen;
  const { snapshot, facts, backups, blind } = seen;
  const source = { backups, earlier, ...(blind ? { blind } : {}) };
  const ways = verdictsOf(of, scope, { snapshot: normalise(snapshot), source, facts });
  const asked = {
    of,
    scope,
    ...(etcd === undefined ? {} : { etcd }),
    ...(drill === undefined ? {} : { drill }),
  };
  const planned = planRollback(asked, snapshot, source, facts, policy, history);
  return { status: 'planned', ways, planned, blind };
}

/** A second plan of the same rollback by the same person takes the place of the first. */
async function withdrawOlder(deps: UseCaseDeps, { user }: RollbackAsk, of: Run): Promise<void> {
  for (const older of await rollbacksOf(deps, of.cluster, of.id)) {
    if (older.status !== 'proposed' || older.requestedBy !== user) continue;
    await withdrawProposal(deps, older.id);
  }
}
