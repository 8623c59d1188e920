import type { NodeOrigin, Origin } from '../domain/origin.ts';
import { listOf } from './text.ts';

/**
 * What of a cluster is not as it was, as clauses: `w-1 and w-2: kubelet v1.34.9 (was v1.33.13)`. What was not known then
 * or is not known now is passed over.
 */
export function differencesSince(before: Origin, now: Origin): string[] {
  const was = new Map(before.nodes.map((node) => [node.node, node]));
  const is = new Map(now.nodes.map((node) => [node.node, node]));
  const joined = now.nodes.filter(({ node }) => !was.has(node)).map(({ node }) => node);
  const left = before.nodes.filter(({ node }) => !is.has(node)).map(({ node }) => node);
  const onNodes = now.nodes.flatMap((node) => {
    const then = was.get(node.node);
    return then === undefined ? [] : changesOf(then, node).map((change) => ({ node: node.node, change }));
  });
  const byChange = Map.groupBy(onNodes, ({ change }) => change);
  return [
    ...(joined.length > 0 ? [`${listOf(joined)} joined`] : []),
    ...(left.length > 0 ? [`${listOf(left)} left`] : []),
    ...[...byChange].map(([change, nodes]) => `${listOf(nodes.map(({ node }) => node))}: ${change}`),
    ...changed('kubeadm’s configuration', before.kubeadmConfig, now.kubeadmConfig),
    ...changed('kube-proxy', before.kubeProxyImage, now.kubeProxyImage),
    ...changed('CoreDNS', before.coreDnsImage, now.coreDnsImage),
  ];
}

function changesOf(then: NodeOrigin, now: NodeOrigin): string[] {
  return [
    ...changed('kubelet', then.kubelet, now.kubelet),
    ...changed('kubeadm', then.kubeadm, now.kubeadm),
    ...changed('kube-apiserver', then.controlPlane?.apiServer, now.controlPlane?.apiServer),
    ...changed(
      'kube-controller-manager',
      then.controlPlane?.controllerManager,
      now.controlPlane?.controllerManager,
    ),
    ...changed('kube-scheduler', then.controlPlane?.scheduler, now.controlPlane?.scheduler),
    ...changed('etcd', then.etcd, now.etcd),
  ];
}

function changed(what: string, then: string | undefined, now: string | undefined): string[] {
  return then === undefined || now === undefined || then === now ? [] : [`${what} ${now} (was ${then})`];
}
