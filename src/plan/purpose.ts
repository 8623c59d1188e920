import type { UpgradeIntent } from '../domain/intent.ts';
import type { Phase } from '../domain/plan.ts';
import type { Purpose } from '../domain/rollback.ts';
import { usualSecondsBack } from '../domain/way-back.ts';

/**
 * What an upgrade's plan is for. Of a drill it says beforehand how the way back should go, so that one approval can cover
 * both.
 * @param etcdMoves whether etcd gets to another release line: then only its own downgrade brings it back without loss
 */
export function purposeOf(
  { drill }: Pick<UpgradeIntent, 'drill'>,
  phases: readonly Phase[],
  etcdMoves: boolean,
): Purpose {
  if (drill === undefined) return { kind: 'upgrade' };
  // Where etcd's line stays there is nothing to downgrade.
  const etcd = etcdMoves ? drill : 'keep';
  const expects = etcdMoves ? (etcd === 'keep' ? 'keep-etcd' : 'etcd-downgrade') : 'free';
  const estimateSeconds = Math.round(usualSecondsBack({ phases: [...phases] }));
  return { kind: 'upgrade', drill: { etcd, expects, estimateSeconds } };
}
