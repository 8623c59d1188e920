import type { Finding } from '../../../domain/finding.ts';
import { minorNumber } from '../../../domain/version.ts';
import { type NetworkPlugin, networkPlugins } from '../../data/network-plugins.ts';
import { imageParts } from '../../image.ts';
import { compareNames, listOf } from '../../text.ts';
import { type Check, when } from '../check.ts';

interface Running {
  readonly plugin: NetworkPlugin;
  /** `3.30`; undefined for a tag that is no release. */
  readonly release: string | undefined;
  readonly image: string;
  readonly workload: string;
}

/** Whether the network plugin, which kubeadm knows nothing of, is tested by its makers with the target. */
export const checkNetworkPlugin: Check = (snapshot, { target }) => {
  const minor = minorNumber(target);
  const plugins = runningIn(snapshot.images ?? []);
  const unknown = plugins.filter(
    ({ plugin, release }) => plugin.tested !== 'any' && !testedWith(plugin, release),
  );
  return [
    ...plugins.flatMap((running): Finding[] => {
      const bounds = testedWith(running.plugin, running.release);
      if (!bounds || (minor >= bounds[0] && minor <= bounds[1])) return [];
      const { plugin, release, workload } = running;
      return [
        {
          code: 'addons.network-untested',
          severity: 'warning',
          objects: [objectOf(workload)],
          summary: `${plugin.name} ${release} is tested by its makers with Kubernetes 1.${bounds[0]} to 1.${bounds[1]}, not with 1.${minor}.`,
          facts: { image: running.image, source: plugin.source },
          remedy:
            minor > bounds[1]
              ? `Upgrade ${plugin.name} to a release that names 1.${minor} first, one of its minors at a time (policy.addons can do it); see ${plugin.source}.`
              : `See whether ${plugin.name} ${release} still works with so old a release: ${plugin.source}.`,
        },
      ];
    }),
    ...when(unknown.length > 0, () => ({
      code: 'addons.network-unknown',
      severity: 'info' as const,
      objects: unknown.map(({ workload }) => objectOf(workload)),
      summary: `Which releases of Kubernetes the network plugin is tested with is not known here: ${listOf(unknown.map(({ plugin, image }) => `${plugin.name} (${imageParts(image).tag || image})`))}.`,
      facts: Object.fromEntries(unknown.map(({ plugin, image }) => [plugin.name, image])),
      remedy: `Look at what its makers say of 1.${minor}: ${listOf([...new Set(unknown.map(({ plugin }) => plugin.source))])}.`,
    })),
  ];
};

function objectOf(workload: string) {
  const [namespace = '', name = workload] = workload.split('/');
  return { kind: 'DaemonSet', namespace, name };
}

function runningIn(images: readonly { image: string; workload: string }[]): Running[] {
  const found = images.flatMap(({ image, workload }): Running[] => {
    const { repository, tag } = imageParts(image);
    const plugin = networkPlugins.find((each) => each.image.test(repository));
    if (!plugin) return [];
    const release = /^v?(\d+\.\d+)\.\d+/.exec(tag)?.[1];
    return [{ plugin, release, image, workload }];
  });
  // A rollout that is under way has two images of one workload: both are told.
  return found.toSorted((a, b) => compareNames(a.workload, b.workload) || compareNames(a.image, b.image));
}

const testedWith = ({ tested }: NetworkPlugin, release: string | undefined) =>
  tested === 'any' || release === undefined ? undefined : tested[release];
