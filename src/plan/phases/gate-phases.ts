import type { GatePlace } from '../../domain/gate.ts';
import type { Phase, Turn } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { controlPlaneFor } from './addon-phases.ts';
import { stepKey } from './step-key.ts';

/** The configured gates of one place, one after the other; none where none is configured. */
export function gatePhases(
  before: GatePlace,
  version: KubernetesVersion,
  snapshot: Snapshot,
  { gates }: Pick<Policy, 'gates'>,
): Phase[] {
  const turns = gates
    .filter((gate) => gate.before === before)
    .map((gate, index): Turn => {
      const name = gate.name ?? `${before}-${index + 1}`;
      const node = gate.kind === 'command' ? controlPlaneFor(snapshot, gate.node) : undefined;
      return {
        subject: { kind: 'cluster' },
        reason: `configured, before ${placeText[before]}`,
        steps: [
          {
            kind: 'gate',
            key: stepKey(version, 'gate', undefined, name),
            input: { name, gate, ...(node === undefined ? {} : { node }) },
          },
        ],
      };
    });
  return turns.length === 0 ? [] : [{ kind: 'gate', batches: turns.map((turn) => ({ turns: [turn] })) }];
}

const placeText: Readonly<Record<GatePlace, string>> = {
  'control-plane': 'the control planes',
  workers: 'the workers',
  batches: 'the workers that are no canaries',
};
