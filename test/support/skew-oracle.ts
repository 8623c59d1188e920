import type { Snapshot } from '../../src/domain/snapshot.ts';
import { type KubernetesVersion, minorNumber } from '../../src/domain/version.ts';

/**
 * The version skew policy (kubernetes.io/releases/version-skew-policy), written apart from the planner so that both
 * would have to be wrong in the same way. Gives what it is violated by, in words.
 */
export function skewViolations(snapshot: Snapshot): string[] {
  const controlPlanes = snapshot.nodes.flatMap(({ name, controlPlane }) =>
    controlPlane?.apiServer === undefined
      ? []
      : [{ name, ...controlPlane, apiServer: controlPlane.apiServer }],
  );
  const minors = controlPlanes.map(({ apiServer }) => minorNumber(apiServer));
  const oldest = Math.min(...minors);
  const newest = Math.max(...minors);
  const found: string[] = [];
  if (newest - oldest > 1) found.push(`kube-apiservers from 1.${oldest} to 1.${newest}`);
  for (const { name, kubeletVersion } of snapshot.nodes) {
    const kubelet = minorNumber(kubeletVersion);
    if (kubelet > oldest) found.push(`kubelet of ${name} is newer than a kube-apiserver`);
    if (kubelet < newest - 3) found.push(`kubelet of ${name} is more than 3 minors behind`);
  }
  for (const { name, apiServer, controllerManager, scheduler } of controlPlanes) {
    const behind = (version: KubernetesVersion | undefined) =>
      version === undefined ? 0 : minorNumber(apiServer) - minorNumber(version);
    for (const distance of [behind(controllerManager), behind(scheduler)]) {
      if (distance < 0 || distance > 1) found.push(`controllers of ${name} do not fit its kube-apiserver`);
    }
  }
  return found;
}
