import type { ControlPlaneVersions } from '../domain/snapshot.ts';
import { type KubernetesVersion, parseVersion } from '../domain/version.ts';
import type { PodObject } from '../ports/kubernetes.ts';

/** A thing that could not be observed, and why. */
export interface Gap {
  readonly what: string;
  readonly why: string;
}

/** The tag of an image reference, `v1.33.13`; empty for one that has none, or only a digest. */
export function tagOf(image: string): string {
  const name = image.split('@')[0] ?? '';
  return /:([^:/]+)$/.exec(name)?.[1] ?? '';
}

/**
 * The versions of a control plane's static pods, from the images of their mirror pods (kubeadm: labels
 * tier=control-plane and component; the container has the component's name).
 *
 * @param pods those of one node
 */
export function controlPlaneVersions(
  node: string,
  pods: readonly PodObject[],
): { versions: ControlPlaneVersions; gaps: Gap[] } {
  const gaps: Gap[] = [];
  const imageOf = (component: string): string | undefined =>
    pods.find((pod) => pod.isMirror && pod.namespace === 'kube-system' && pod.labels.component === component)
      ?.images[component];
  const versionOf = (component: string): KubernetesVersion | undefined => {
    const image = imageOf(component);
    const version = image === undefined ? undefined : parseVersion(tagOf(image));
    if (!version) {
      const why = image === undefined ? 'there is no mirror pod of it' : `${image} is no released version`;
      gaps.push({ what: `the version of ${component} on ${node}`, why });
    }
    return version;
  };
  const apiServer = versionOf('kube-apiserver');
  const controllerManager = versionOf('kube-controller-manager');
  const scheduler = versionOf('kube-scheduler');
  const etcd = imageOf('etcd');
  return {
    versions: {
      ...(apiServer ? { apiServer } : {}),
      ...(controllerManager ? { controllerManager } : {}),
      ...(scheduler ? { scheduler } : {}),
      ...(etcd ? { etcdImageTag: tagOf(etcd) } : {}),
    },
    gaps,
  };
}
