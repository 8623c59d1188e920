import type { NodeSnapshot } from '../../domain/snapshot.ts';
import { compareVersions, type KubernetesVersion, minorNumber } from '../../domain/version.ts';
import { controlPlanesOf } from '../running.ts';
import { listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

interface Misfit {
  readonly node: NodeSnapshot;
  readonly text: string;
  readonly version: KubernetesVersion;
}

/**
 * Whether kube-controller-manager and kube-scheduler are at most one minor older than the kube-apiserver of their node
 * and never newer (version skew policy; kubeadm points both at the local API endpoint).
 */
export const checkControllerSkew: Check = (snapshot, { target }) => {
  const misfits = controlPlanesOf(snapshot).flatMap((node): Misfit[] => {
    const { apiServer, controllerManager, scheduler } = node.controlPlane ?? {};
    if (apiServer === undefined) return [];
    const fits = (version: KubernetesVersion) => {
      const behind = minorNumber(apiServer) - minorNumber(version);
      return behind === 0 || behind === 1;
    };
    return Object.entries({
      'kube-controller-manager': controllerManager,
      'kube-scheduler': scheduler,
    }).flatMap(([name, version]) =>
      version === undefined || fits(version)
        ? []
        : [{ node, version, text: `${name} ${version} beside kube-apiserver ${apiServer} on ${node.name}` }],
    );
  });
  const nodes = [...new Set(misfits.map((misfit) => misfit.node))];
  const beyond = misfits.some((misfit) => compareVersions(misfit.version, target) > 0);
  return when(misfits.length > 0, () => ({
    code: 'skew.controllers-out-of-range',
    severity: beyond ? 'blocker' : 'warning',
    objects: nodeObjects(nodes),
    summary: `Controllers do not fit their API server: ${listOf(misfits.map((misfit) => misfit.text))}.`,
    facts: { target },
    remedy: beyond
      ? 'Put the static pod manifests of those nodes back to one version, or ask for the newer one.'
      : 'This plan brings them to one version; find out how they came apart before approving.',
  }));
};
