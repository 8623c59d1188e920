import type { ControlPlaneSettings, Flag, StaticPod } from '../../domain/machine-facts.ts';
import {
  kubeadmManifests,
  type ManifestComponent,
  namedProbePortFrom,
  optionalMounts,
} from '../data/kubeadm-manifests.ts';

/** What kubeadm is going to write, and for whom. */
export interface Writing {
  readonly minor: number;
  readonly image: string;
  readonly etcd: { readonly modern: boolean; readonly external: boolean };
  readonly settings: ControlPlaneSettings;
}

/**
 * The static pod that kubeadm of a minor writes on a node in the place of `present`. What depends on more than is known
 * here (addresses, directories of the host) is taken from the present one.
 */
export function expectedPod(component: ManifestComponent, present: StaticPod, writing: Writing): StaticPod {
  const own = kubeadmManifests[component](writing);
  const added = writing.settings.components[component];
  const named = writing.minor >= namedProbePortFrom;
  return {
    ...present,
    flags: expectedFlags(own.flags, added.flags, present.flags),
    image: writing.image,
    ...(named ? { probePort: 'probe-port' } : {}),
    probes: { ...own.probes },
    environment: present.environment.filter(
      (name) => added.environment.includes(name) || /_proxy$/i.test(name),
    ),
    mounts: [
      ...own.mounts,
      ...added.volumes,
      ...present.mounts.filter(
        (name) => optionalMounts.has(name) || (writing.etcd.external && /^etcd-certs-\d+$/.test(name)),
      ),
    ],
    otherContainers: [],
    resources: { ...own.resources },
    annotations: [...own.annotations],
    hasCreationTimestamp: !named,
  };
}

/** kubeadm's own flags less those that extraArgs gives, then those (K/util/arguments.go, ArgumentsToCommand). */
function expectedFlags(
  own: Readonly<Record<string, string | undefined>>,
  added: readonly Flag[],
  present: readonly Flag[],
): Flag[] {
  const overridden = new Set(added.map(({ name }) => name));
  // With a configuration of the authorizers there is no mode (getAPIServerCommand).
  if (overridden.has('authorization-config')) overridden.add('authorization-mode');
  const kept = Object.entries(own).flatMap(([name, value]): Flag[] => {
    if (overridden.has(name)) return [];
    const there = present.find((flag) => flag.name === name);
    if (value !== undefined) return [{ name, value }];
    return there === undefined ? [] : [there];
  });
  // Members that joined an etcd that existed say so; the first one does not.
  const state = present.filter(({ name }) => name === 'initial-cluster-state' && !overridden.has(name));
  // The same flags hold for an external etcd, with files of its own.
  const external = present.filter(
    ({ name }) => /^etcd-(cafile|certfile|keyfile)$/.test(name) && !(name in own) && !overridden.has(name),
  );
  return [...kept, ...state, ...external, ...added];
}
