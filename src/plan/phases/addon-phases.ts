import { type Addon, type AddonMoment, commandFor } from '../../domain/addon.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Phase, Turn } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { Step, StepOf } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { controlPlanesOf } from '../running.ts';
import { compareNames } from '../text.ts';
import { stepKey } from './step-key.ts';

const reasons: Readonly<Record<AddonMoment, string>> = {
  'before-hop': 'configured, before the control planes of this hop',
  'after-hop': 'configured, after the control planes of this hop',
  'after-workers': 'configured, once every node is through',
};

/** The control plane that does what concerns the whole cluster: the configured one, else the first by name. */
export function controlPlaneFor(snapshot: Snapshot, configured: NodeName | undefined): NodeName | undefined {
  if (configured !== undefined) return configured;
  return controlPlanesOf(snapshot)
    .map(({ name }) => name)
    .toSorted(compareNames)[0];
}

/**
 * The configured add-ons of one moment, one after the other, each a turn of its own: one can be left out without the
 * next. None where none is configured.
 */
export function addonPhases(
  when: AddonMoment,
  version: KubernetesVersion,
  snapshot: Snapshot,
  { addons }: Pick<Policy, 'addons'>,
): Phase[] {
  const turns = addons
    .filter((addon) => addon.when === when)
    .flatMap((addon): Turn[] => {
      const step = addonStep(addon, version, snapshot);
      return step ? [{ subject: { kind: 'cluster' }, reason: reasons[when], steps: [step] }] : [];
    });
  return turns.length === 0 ? [] : [{ kind: 'addons', batches: turns.map((turn) => ({ turns: [turn] })) }];
}

function addonStep(addon: Addon, version: KubernetesVersion, snapshot: Snapshot): Step | undefined {
  const { name, when, verify, timeoutSeconds } = addon;
  const node = controlPlaneFor(snapshot, addon.node);
  const action = actionOf(addon, version, snapshot);
  // Without either a blocker stands (checks/addons.ts): no plan comes of it.
  if (node === undefined || action === undefined) return undefined;
  return {
    kind: 'run-addon',
    key: stepKey(when === 'after-workers' ? 'after' : version, 'run-addon', node, name),
    input: { node, version, name, when, action, verify: commandFor(verify, version), timeoutSeconds },
  };
}

function actionOf(
  { command, manifest, serverSide }: Addon,
  version: KubernetesVersion,
  snapshot: Snapshot,
): StepOf<'run-addon'>['input']['action'] | undefined {
  if (command !== undefined) return { kind: 'command', command: commandFor(command, version) };
  const read = manifest === undefined ? undefined : snapshot.manifests?.[manifest];
  if (manifest === undefined || read === undefined) return undefined;
  return { kind: 'manifest', path: manifest, sha256: read.sha256, serverSide };
}
