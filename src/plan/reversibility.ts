import { type Phase, type Reversibility, stepsOf } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { StepOf } from '../domain/step.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import { type EtcdMove, etcdMoves } from './way/etcd-move.ts';

/**
 * What it takes to go back. While one member still runs the old etcd line, putting the old manifest back is all; once
 * the last one has moved, etcd raises its cluster version and an older binary refuses to start ("invalid downgrade"),
 * so etcd stays, the older apiserver runs on it, and everything else goes back.
 */
export function reversibilityOf(
  phases: readonly Phase[],
  snapshot: Snapshot,
  from: KubernetesVersion,
  hops: readonly KubernetesVersion[],
): Reversibility {
  const moves = etcdMoves(snapshot, hops);
  const [move = { changesLine: false }] = moves;
  if (hops.length > 1) return reversibilityOfHops(phases, snapshot, from, hops, moves);
  const steps = stepsOf({ phases: [...phases] });
  const upgrades = steps.filter(
    (step): step is StepOf<'upgrade-control-plane'> => step.kind === 'upgrade-control-plane',
  );
  const last = upgrades.at(-1);
  const lastNode = last?.input.node;
  if (last === undefined) {
    return { summary: `The control plane is not touched; each worker can go back to ${from} by itself.` };
  }
  if (snapshot.etcd.topology === 'external') {
    return {
      summary: `Etcd is external and is not touched; workers, then control planes can go back to ${from}. No data is lost.`,
    };
  }
  if (!move.changesLine || move.to === undefined) {
    return {
      summary: `Free all the way: etcd stays on its line, so workers, then control planes can go back to ${from}. No data is lost.`,
    };
  }
  const place = steps.findIndex((step) => step.key === last.key) + 1;
  return {
    freeUntil: last.key,
    summary:
      `Free until ${lastNode}'s etcd is upgraded (step ${place} of ${steps.length}); ` +
      `after it etcd stays at ${move.to} and the rest can go back to ${from}. No data is lost.`,
  };
}

/**
 * Hop by hop, because going back is: nobody has proven that an API server runs on an etcd, or reads objects, of more than
 * one minor above it. So from a later hop the way leads one minor back; farther back only the etcd snapshot leads.
 */
function reversibilityOfHops(
  phases: readonly Phase[],
  snapshot: Snapshot,
  from: KubernetesVersion,
  hops: readonly KubernetesVersion[],
  moves: readonly EtcdMove[],
): Reversibility {
  const steps = stepsOf({ phases: [...phases] });
  const stacked = snapshot.etcd.topology === 'stacked';
  const ways = hops.map((to, index) => {
    const move = moves[index];
    const last = steps.findLast((step) => step.kind === 'upgrade-control-plane' && step.input.version === to);
    const moved = stacked && move?.changesLine === true && move.to !== undefined && last !== undefined;
    return {
      from: hops[index - 1] ?? from,
      to,
      ...(moved ? { freeUntil: last.key, etcdTo: move.to } : {}),
    };
  });
  const told = ways.map((way) => {
    if (way.freeUntil === undefined) return `from ${way.to} to ${way.from}: free all the way`;
    const place = steps.findIndex((step) => step.key === way.freeUntil) + 1;
    return `from ${way.to} to ${way.from}: free until step ${place} of ${steps.length}, after it etcd stays at ${way.etcdTo}`;
  });
  const first = ways.find((way) => way.freeUntil !== undefined);
  return {
    ...(first?.freeUntil === undefined ? {} : { freeUntil: first.freeUntil }),
    summary:
      `One hop at a time, no data lost: ${told.join('; ')}. ` +
      `Across several hops only the backups from before lead back to ${from}, and what was written since is lost.`,
    hops: ways,
  };
}
