import { removedAdmissionPlugins, unregisteredVersions } from '../../data/changes/api-server.ts';
import { type RemovedFlag, removedFlags } from '../../data/changes/flags.ts';
import { type FlagSetting, settingsAfter } from '../../settings.ts';
import { type Check, when } from '../check.ts';
import { factsOf, objectsOf, placesText, type Trouble } from './places.ts';

const last = ({ minors }: FlagSetting): number => minors.at(-1) ?? 0;

function removal(setting: FlagSetting): RemovedFlag | undefined {
  return removedFlags.find(
    ({ component, flag, minor }) =>
      component === setting.component && flag === setting.flag.name && minor <= last(setting),
  );
}

/** kubeadm takes a flag of its own out of its own file, but only the kubeadm of one minor does. */
function isTidied({ place, minors }: FlagSetting, { tidiedByKubeadm }: RemovedFlag): boolean {
  return (
    tidiedByKubeadm !== undefined &&
    place === '/var/lib/kubelet/kubeadm-flags.env' &&
    minors.includes(tidiedByKubeadm)
  );
}

/** Flags that are set and that a component does not know any more where it is going: it ends with "unknown flag". */
export const checkFlags: Check = (snapshot, intent, policy) => {
  const found = settingsAfter(snapshot, intent, policy).flags.flatMap((setting) => {
    const removed = removal(setting);
    if (removed === undefined || isTidied(setting, removed)) return [];
    const trouble: Trouble = { ...setting, what: `--${removed.flag} (gone in v1.${removed.minor})` };
    return [{ trouble, removed }];
  });
  const troubles = found.map(({ trouble }) => trouble);
  const instead = [...new Set(found.flatMap(({ removed }) => removed.instead ?? []))];
  return when(troubles.length > 0, () => ({
    code: 'configuration.flag-removed',
    severity: 'blocker',
    objects: objectsOf(troubles),
    summary: `Flags are set that are not known any more, and a component does not start with one: ${placesText(troubles)}.`,
    facts: factsOf(troubles),
    remedy: ['Take them out there, then plan again.', ...instead].join(' '),
  }));
};

const listed = (value = ''): string[] => value.split(',').map((part) => part.trim());

/** Admission plugins and API versions in kube-apiserver's flags that it does not have any more where it is going. */
export const checkApiServerFlags: Check = (snapshot, intent, policy) => {
  const flags = settingsAfter(snapshot, intent, policy).flags.filter(
    ({ component }) => component === 'kube-apiserver',
  );
  const plugins = flags
    .filter(({ flag }) => /^(enable|disable)-admission-plugins$/.test(flag.name))
    .flatMap((setting) =>
      listed(setting.flag.value).flatMap((plugin): Trouble[] => {
        const removed = removedAdmissionPlugins[plugin];
        return removed === undefined || removed.minor > last(setting)
          ? []
          : [{ ...setting, what: `${plugin} (gone in v1.${removed.minor})` }];
      }),
    );
  const versions = flags
    .filter(({ flag }) => flag.name === 'runtime-config')
    .flatMap((setting) =>
      listed(setting.flag.value).flatMap((part): Trouble[] => {
        const [key = ''] = part.split('=');
        const version = key.split('/').slice(0, 2).join('/');
        const minor = unregisteredVersions[version];
        return minor === undefined || minor > last(setting)
          ? []
          : [{ ...setting, what: `${version} (gone in v1.${minor})` }];
      }),
    );
  return [
    ...when(plugins.length > 0, () => ({
      code: 'configuration.admission-plugin-removed',
      severity: 'blocker' as const,
      objects: objectsOf(plugins),
      summary: `Admission plugins are named that do not exist any more, and kube-apiserver does not start with one: ${placesText(plugins)}.`,
      facts: factsOf(plugins),
      remedy: [
        'Take them out there, then plan again.',
        ...new Set(
          plugins.flatMap(({ what }) => removedAdmissionPlugins[what.split(' ')[0] ?? '']?.instead ?? []),
        ),
      ].join(' '),
    })),
    ...when(versions.length > 0, () => ({
      code: 'configuration.api-version-removed',
      severity: 'blocker' as const,
      objects: objectsOf(versions),
      summary: `--runtime-config names API versions that do not exist any more, and kube-apiserver does not start with one: ${placesText(versions)}.`,
      facts: factsOf(versions),
      remedy: 'See that nothing uses them any more, take them out there, then plan again.',
    })),
  ];
};
