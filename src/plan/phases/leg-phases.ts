import type { Phase } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import type { Leg } from '../way/legs.ts';
import { gatePhases } from './gate-phases.ts';
import { beforeHopPhase, catchUpPhases, controlPlanePhases } from './phases.ts';
import { workerPhases } from './worker-phases.ts';

/** All phases of a way, leg by leg. Before every hop but the first thing that is done, everything is saved anew. */
export function phasesOfLegs(legs: readonly Leg[], snapshot: Snapshot, policy: Policy): Phase[] {
  return withRepeatsMarked(
    legs.flatMap((leg, index) => {
      const { version, isHop, controlPlanes, workers } = leg;
      return [
        ...(isHop && index > 0 ? [beforeHopPhase(version, snapshot, policy)] : []),
        ...(isHop && controlPlanes.length > 0 ? gatePhases('control-plane', version, snapshot, policy) : []),
        ...(isHop
          ? controlPlanePhases(version, controlPlanes, snapshot, policy)
          : catchUpPhases(version, controlPlanes, snapshot)),
        ...workerPhases(version, workers, snapshot, policy),
      ];
    }),
  );
}

/**
 * A worker that is taken along twice saves its files before each: the second copy says what it is from before, so that
 * it does not stand in the place of the first.
 */
function withRepeatsMarked(phases: readonly Phase[]): Phase[] {
  const saved = new Set<string>();
  return phases.map((phase) => ({
    ...phase,
    batches: phase.batches.map((batch) => ({
      ...batch,
      turns: batch.turns.map((turn) => ({
        ...turn,
        steps: turn.steps.map((step) => {
          if (step.kind !== 'back-up-node-files' || step.input.before !== undefined) return step;
          if (!saved.has(step.input.node)) {
            saved.add(step.input.node);
            return step;
          }
          const before = step.key.split('/')[0] as KubernetesVersion;
          return { ...step, input: { ...step.input, before } };
        }),
      })),
    })),
  }));
}
