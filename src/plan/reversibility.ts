import { type Phase, type Reversibility, stepsOf } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { StepOf } from '../domain/step.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import type { EtcdMove } from './etcd-move.ts';

/**
 * What it takes to go back. While one member still runs the old etcd line, putting the old manifest back is all; once
 * the last one has moved, etcd raises its cluster version and an older binary refuses to start ("invalid downgrade"),
 * so etcd stays, the older apiserver runs on it, and everything else goes back.
 */
export function reversibilityOf(
  phases: readonly Phase[],
  snapshot: Snapshot,
  from: KubernetesVersion,
  move: EtcdMove,
): Reversibility {
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
