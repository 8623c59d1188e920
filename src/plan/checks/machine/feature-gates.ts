import { lockedGates } from '../../data/changes/locked-gates.ts';
import { removedGates } from '../../data/changes/removed-gates.ts';
import { type GateSetting, settingsAfter } from '../../settings.ts';
import { type Check, when } from '../check.ts';
import { factsOf, objectsOf, placesText, type Trouble } from './places.ts';

const removedIn = new Map<string, number>(
  Object.entries(removedGates).flatMap(([minor, gates]) =>
    gates.map((gate): [string, number] => [gate, Number(minor)]),
  ),
);
const locked = new Map<string, { minor: number; value: boolean }>(
  Object.entries(lockedGates).flatMap(([minor, { on, off }]) => {
    const lock = (value: boolean) => (gate: string) => [gate, { minor: Number(minor), value }] as const;
    return [...on.map(lock(true)), ...off.map(lock(false))];
  }),
);

const last = (setting: GateSetting): number => setting.minors.at(-1) ?? 0;

/**
 * Feature gates that are set and that a component on its way does not know, or has locked to the other value: either
 * keeps it from starting.
 */
export const checkFeatureGates: Check = (snapshot, intent, policy) => {
  const { gates } = settingsAfter(snapshot, intent, policy);
  const gone = gates.flatMap((setting): Trouble[] => {
    const minor = removedIn.get(setting.gate);
    return minor === undefined || minor > last(setting)
      ? []
      : [{ ...setting, what: `${setting.gate} (gone in v1.${minor})` }];
  });
  const fixed = gates.flatMap((setting): Trouble[] => {
    const lock = locked.get(setting.gate);
    const until = removedIn.get(setting.gate) ?? Number.POSITIVE_INFINITY;
    if (lock === undefined || lock.value === setting.value || until <= last(setting)) return [];
    return lock.minor > last(setting)
      ? []
      : [
          {
            ...setting,
            what: `${setting.gate}=${setting.value} (always ${lock.value} from v1.${lock.minor})`,
          },
        ];
  });
  return [
    ...when(gone.length > 0, () => ({
      code: 'configuration.feature-gate-removed',
      severity: 'blocker' as const,
      objects: objectsOf(gone),
      summary: `Feature gates are set that are not known any more, and a component does not start with one: ${placesText(gone)}.`,
      facts: factsOf(gone),
      remedy: 'Take them out there, see that the component still starts, then plan again.',
    })),
    ...when(fixed.length > 0, () => ({
      code: 'configuration.feature-gate-locked',
      severity: 'blocker' as const,
      objects: objectsOf(fixed),
      summary: `Feature gates are set to what is not allowed any more, and a component does not start with that: ${placesText(fixed)}.`,
      facts: factsOf(fixed),
      remedy: 'Take them out there and see how workloads do without, then plan again.',
    })),
  ];
};
