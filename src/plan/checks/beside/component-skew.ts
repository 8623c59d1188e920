import type { Finding } from '../../../domain/finding.ts';
import type { Snapshot } from '../../../domain/snapshot.ts';
import {
  compareVersions,
  type KubernetesVersion,
  minorNumber,
  parseVersion,
} from '../../../domain/version.ts';
import { cloudControllers } from '../../data/network-plugins.ts';
import { imageParts } from '../../image.ts';
import { currentVersion } from '../../running.ts';
import { listOf } from '../../text.ts';
import { type Check, nodeObjects, when } from '../check.ts';

/** kube-proxy may be this many minors away from its kubelet, and older than the newest kube-apiserver (skew policy). */
const proxyMinors = 3;

/**
 * kube-proxy beside the API servers and the kubelets of today. kubeadm rolls it out with the last control plane, before
 * the workers' kubelets: those are then at most three minors older, which the check of kubelets holds.
 */
export const checkProxySkew: Check = (snapshot, { target }) => {
  const { kubeProxyImage } = snapshot.addons;
  const proxy = kubeProxyImage === undefined ? undefined : parseVersion(imageParts(kubeProxyImage).tag);
  if (!proxy) return [];
  const apiServer = currentVersion(snapshot);
  const isAhead = minorNumber(proxy) > minorNumber(apiServer);
  const isBehind = minorNumber(apiServer) - minorNumber(proxy) > proxyMinors;
  const apart = snapshot.nodes.filter(
    ({ kubeletVersion }) => Math.abs(minorNumber(kubeletVersion) - minorNumber(proxy)) > proxyMinors,
  );
  const beyond = compareVersions(proxy, target) > 0;
  const daemonSet = { kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' };
  return [
    ...when(isAhead || isBehind, () => ({
      code: 'skew.kube-proxy-out-of-range',
      severity: beyond ? ('blocker' as const) : ('warning' as const),
      objects: [daemonSet],
      summary: isAhead
        ? `kube-proxy ${proxy} is newer than the oldest kube-apiserver (${apiServer}).`
        : `kube-proxy ${proxy} is more than ${proxyMinors} minors older than kube-apiserver ${apiServer}.`,
      facts: { kubeProxy: proxy, apiServer, target },
      remedy: beyond
        ? `Ask for a version that is at least as new, or put kube-proxy back to ${apiServer}.`
        : 'This upgrade ends it: kubeadm brings kube-proxy with the last control plane. Find out how they came apart.',
    })),
    ...when(apart.length > 0, () => ({
      code: 'skew.kube-proxy-and-kubelets',
      severity: 'warning' as const,
      objects: [daemonSet, ...nodeObjects(apart)],
      summary: `kube-proxy ${proxy} and the kubelets of ${listOf(apart.map(({ name, kubeletVersion }) => `${name} (${kubeletVersion})`))} are more than ${proxyMinors} minors apart.`,
      facts: { kubeProxy: proxy },
      remedy: 'Bring those kubelets to within three minors of kube-proxy before anything else.',
    })),
  ];
};

interface CloudController {
  readonly workload: string;
  readonly version: KubernetesVersion;
}

/** Cloud controller managers that bear the numbers of Kubernetes: never newer than an API server, at most one minor older. */
export const checkCloudControllerSkew: Check = (snapshot, { target }): Finding[] => {
  const apiServer = currentVersion(snapshot);
  const found = cloudControllersIn(snapshot);
  const ahead = found.filter(({ version }) => minorNumber(version) > minorNumber(apiServer));
  const behind = found.filter(({ version }) => minorNumber(target) - minorNumber(version) > 1);
  const objects = (controllers: readonly CloudController[]) =>
    controllers.map(({ workload }) => {
      const [namespace = '', name = workload] = workload.split('/');
      return { kind: 'Pod', namespace, name };
    });
  const told = (controllers: readonly CloudController[]) =>
    listOf(controllers.map(({ workload, version }) => `${workload} ${version}`));
  return [
    ...when(ahead.length > 0, () => ({
      code: 'skew.cloud-controller-out-of-range',
      severity: 'warning' as const,
      objects: objects(ahead),
      summary: `Cloud controllers are newer than the oldest kube-apiserver (${apiServer}): ${told(ahead)}.`,
      facts: { apiServer, target },
      remedy:
        'This upgrade ends it if the target is as new; until then it may use what the API server does not know.',
    })),
    ...when(behind.length > 0, () => ({
      code: 'skew.cloud-controller-out-of-range',
      severity: 'warning' as const,
      objects: objects(behind),
      summary: `Cloud controllers are more than one minor older than ${target}: ${told(behind)}.`,
      facts: { apiServer, target },
      remedy: 'Upgrade them to the minor of the present API servers first (policy.addons can do it).',
    })),
  ];
};

function cloudControllersIn({ images = [] }: Snapshot): CloudController[] {
  return images.flatMap(({ image, workload }) => {
    const { repository, tag } = imageParts(image);
    const version = cloudControllers.some((each) => each.test(repository)) ? parseVersion(tag) : undefined;
    return version ? [{ workload, version }] : [];
  });
}
