import type { DrillReport } from '../../domain/drill.ts';
import { DrillVerdict } from '../../domain/drill.ts';
import { originOf } from '../../domain/origin.ts';
import type { Run } from '../../domain/run.ts';
import { differencesSince } from '../../plan/differences.ts';
import type { UseCaseDeps } from '../deps.ts';

/**
 * What a drill has shown, from the two runs and a new look at the cluster; undefined while the cluster cannot be looked at.
 * @param blindly whether to do without that look
 */
export async function proofOf(
  deps: Pick<UseCaseDeps, 'look'>,
  upgrade: Run,
  back: Run,
  blindly: boolean,
): Promise<DrillReport | undefined> {
  const differences = blindly ? undefined : await differencesNow(deps, upgrade);
  if (differences === undefined && !blindly) return undefined;
  const { purpose } = back.plan;
  const verdict = DrillVerdict.safeParse(purpose.kind === 'rollback' ? purpose.verdict.kind : undefined).data;
  if (verdict === undefined) {
    return {
      outcome: 'stopped',
      reason: 'The way back was taken in another way than a drill may.',
      run: back.id,
    };
  }
  return {
    outcome: 'proven',
    run: back.id,
    verdict,
    thereSeconds: secondsOf(upgrade),
    backSeconds: secondsOf(back),
    ...(differences === undefined ? {} : { differences }),
  };
}

async function differencesNow(
  deps: Pick<UseCaseDeps, 'look'>,
  { cluster, plan }: Run,
): Promise<string[] | undefined> {
  if (plan.origin === undefined) return [];
  const looked = await deps.look(cluster, {});
  return looked.status === 'observed' ? differencesSince(plan.origin, originOf(looked.snapshot)) : undefined;
}

function secondsOf({ startedAt, createdAt, endedAt }: Run): number {
  const began = Date.parse(startedAt ?? createdAt);
  return Math.max(0, Math.round((Date.parse(endedAt ?? createdAt) - began) / 1_000));
}
