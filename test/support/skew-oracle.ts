import type { Snapshot } from '../../src/domain/snapshot.ts';
import type { Step } from '../../src/domain/step.ts';

/**
 * The version skew policy (kubernetes.io/releases/version-skew-policy), written apart from the planner so that both
 * would have to be wrong in the same way: it reads minors from the texts by itself. Gives what is violated, in words.
 */
export function skewViolations(snapshot: Snapshot): string[] {
  const controlPlanes = snapshot.nodes.filter((node) => node.controlPlane?.apiServer !== undefined);
  const servers = controlPlanes.map((node) => minorIn(node.controlPlane?.apiServer));
  const oldest = Math.min(...servers);
  const newest = Math.max(...servers);
  const proxy = minorIn(snapshot.addons.kubeProxyImage?.split(':').at(-1));
  const found: string[] = [];
  if (newest - oldest > 1) found.push(`kube-apiservers from 1.${oldest} to 1.${newest}`);
  if (proxy > oldest) found.push('kube-proxy is newer than a kube-apiserver');
  if (proxy < newest - 3) found.push('kube-proxy is more than 3 minors behind');
  for (const { name, kubeletVersion } of snapshot.nodes) {
    const kubelet = minorIn(kubeletVersion);
    if (kubelet > oldest) found.push(`kubelet of ${name} is newer than a kube-apiserver`);
    if (kubelet < newest - 3) found.push(`kubelet of ${name} is more than 3 minors behind`);
    if (Math.abs(proxy - kubelet) > 3)
      found.push(`kube-proxy is more than 3 minors from the kubelet of ${name}`);
  }
  for (const { name, controlPlane } of controlPlanes) {
    // kubeadm points both at the API server of their own node, so this is the only one that they may reach.
    const server = minorIn(controlPlane?.apiServer);
    for (const controller of [controlPlane?.controllerManager, controlPlane?.scheduler]) {
      const behind = server - minorIn(controller);
      if (behind < 0 || behind > 1) found.push(`controllers of ${name} do not fit its kube-apiserver`);
    }
  }
  return found;
}

/**
 * kubectl may be one minor from every kube-apiserver that it may reach. It matters on control planes, where add-ons are
 * applied with it; the one on a worker has nothing to speak with.
 * @param on the node whose kubectl is used; all control planes when left out
 */
export function kubectlViolations(snapshot: Snapshot, on?: string): string[] {
  const controlPlanes = snapshot.nodes.filter((node) => node.controlPlane?.apiServer !== undefined);
  const servers = controlPlanes.map((node) => minorIn(node.controlPlane?.apiServer));
  return controlPlanes.flatMap(({ name, host }) => {
    if (on !== undefined && name !== on) return [];
    if (host.status !== 'reached' || host.packages.kubectl === undefined) return [];
    const kubectl = minorIn(host.packages.kubectl);
    return servers.some((server) => Math.abs(server - kubectl) > 1)
      ? [`kubectl of ${name} is more than a minor from a kube-apiserver`]
      : [];
  });
}

/**
 * kubeadm is of the minor that it brings a node to, the kubelet beside it of the same minor or at most three older, and it
 * takes a control plane at most one minor on (kubeadm phases/upgrade/policy.go).
 * @param before the cluster as the step finds it
 */
export function kubeadmViolations(before: Snapshot, step: Step): string[] {
  if (step.kind !== 'upgrade-control-plane' && step.kind !== 'upgrade-kubelet-config') return [];
  const node = before.nodes.find(({ name }) => name === step.input.node);
  const kubeadm = node?.host.status === 'reached' ? minorIn(node.host.packages.kubeadm) : Number.NaN;
  const kubelet = minorIn(node?.kubeletVersion);
  const to = minorIn(step.input.version);
  const found: string[] = [];
  if (kubeadm !== to) found.push(`${step.key}: kubeadm is 1.${kubeadm}`);
  if (kubelet > to || kubelet < to - 3) found.push(`${step.key}: the kubelet is 1.${kubelet}`);
  if (step.kind === 'upgrade-kubelet-config') return found;
  const server = minorIn(node?.controlPlane?.apiServer);
  if (to - server > 1 || to < server) found.push(`${step.key}: from 1.${server}`);
  const believed = minorIn(before.kubeadm.kubernetesVersion);
  if (step.input.mode === 'apply' && (to - believed > 1 || to < believed)) {
    found.push(`${step.key}: apply from 1.${believed}`);
  }
  if (step.input.mode === 'node' && believed !== to)
    found.push(`${step.key}: kubeadm-config is 1.${believed}`);
  return found;
}

function minorIn(text: string | undefined): number {
  return Number(/^v?\d+\.(\d+)\./.exec(text ?? '')?.[1]);
}
