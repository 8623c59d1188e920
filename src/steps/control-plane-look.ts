import type { NodeName } from '../domain/names.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import { readLocalApiServer } from '../node/api-server.ts';
import type { Reader } from '../node/command.ts';
import {
  type ControlPlaneComponent,
  expectedComponents,
  imageTag,
  readManifests,
} from '../node/manifests.ts';
import type { Kubernetes } from '../ports/kubernetes.ts';
import { type Look, met, notYet } from './wait-until.ts';

/**
 * Whether a control plane's static pods run at a version: by the manifests, by the mirror pods that show what the
 * kubelet made of them (they may be a minute late), and by the node's own kube-apiserver. Asking the cluster's API goes
 * through whichever server answers.
 */
export async function lookAtControlPlane(
  kubernetes: Pick<Kubernetes, 'getPod'>,
  host: Reader,
  version: KubernetesVersion,
  etcd: 'stacked' | 'external',
): Promise<Look<undefined>> {
  const images = await readManifests(host);
  for (const component of expectedComponents(etcd)) {
    const image = images.get(component);
    if (image === undefined) return notYet(`${component}.yaml is missing`, 'kubeadm.manifest-missing');
    if (component !== 'etcd' && imageTag(image) !== version) {
      return notYet(`${component}.yaml names ${image}`, 'control-plane.version-mismatch');
    }
  }
  const api = await readLocalApiServer(host);
  if (api.readiness === 'not-ready')
    return notYet('its kube-apiserver is not ready', 'control-plane.not-ready');
  if (api.version !== undefined && api.version !== version) {
    return notYet(`its kube-apiserver is ${api.version}`, 'control-plane.version-mismatch');
  }
  return lookAtMirrorPods(kubernetes, host.node, images, expectedComponents(etcd));
}

async function lookAtMirrorPods(
  kubernetes: Pick<Kubernetes, 'getPod'>,
  node: NodeName,
  images: ReadonlyMap<ControlPlaneComponent, string>,
  components: readonly ControlPlaneComponent[],
): Promise<Look<undefined>> {
  const pods = await Promise.all(
    components.map(async (component) => ({
      component,
      pod: await kubernetes.getPod('kube-system', `${component}-${node}`),
    })),
  );
  for (const { component, pod } of pods) {
    const image = pod?.images[component];
    if (!pod || image !== images.get(component)) {
      return notYet(`the mirror pod of ${component} shows ${image ?? 'nothing'}`, 'control-plane.not-ready');
    }
    if (!pod.ready) return notYet(`${component} is not ready`, 'control-plane.not-ready');
  }
  return met(undefined);
}
