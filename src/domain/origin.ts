import { z } from 'zod';
import { NodeName } from './names.ts';
import { ControlPlaneVersions, NodeRole, type NodeSnapshot, type Snapshot } from './snapshot.ts';
import { KubernetesVersion, parseVersion } from './version.ts';

/** A node as a plan found it: what going back leads to. */
export const NodeOrigin = z.strictObject({
  node: NodeName,
  role: NodeRole,
  /** Its InternalIP. */
  address: z.string().optional(),
  kubelet: KubernetesVersion,
  /** Of the installed package; absent where the machine did not tell. */
  kubeadm: KubernetesVersion.optional(),
  controlPlane: ControlPlaneVersions.optional(),
  /** The version that its stacked etcd member reported, `3.5.24`. */
  etcd: z.string().optional(),
});
export type NodeOrigin = z.infer<typeof NodeOrigin>;

/** Where a plan begins. A rollback leads back to it, node by node: not every node need have been at the plan's `from`. */
export const Origin = z.strictObject({
  nodes: z.array(NodeOrigin),
  /** What ConfigMap kubeadm-config said. */
  kubeadmConfig: KubernetesVersion,
  kubeProxyImage: z.string().optional(),
  coreDnsImage: z.string().optional(),
});
export type Origin = z.infer<typeof Origin>;

/** The origin of a plan that is made of a snapshot, its nodes in the snapshot's order. */
export function originOf({ nodes, kubeadm, addons, etcd }: Snapshot): Origin {
  const members = etcd.topology === 'stacked' ? etcd.members : [];
  return {
    nodes: nodes.map((node) =>
      nodeOrigin(node, members.find((member) => member.node === node.name)?.version),
    ),
    kubeadmConfig: kubeadm.kubernetesVersion,
    ...(addons.kubeProxyImage === undefined ? {} : { kubeProxyImage: addons.kubeProxyImage }),
    ...(addons.coreDnsImage === undefined ? {} : { coreDnsImage: addons.coreDnsImage }),
  };
}

function nodeOrigin(node: NodeSnapshot, etcd: string | undefined): NodeOrigin {
  const { name, role, internalAddress: address, kubeletVersion: kubelet, controlPlane, host } = node;
  const installed = host.status === 'reached' ? host.packages.kubeadm : undefined;
  const kubeadm = installed === undefined ? undefined : parseVersion(installed);
  return {
    node: name,
    role,
    ...(address === undefined ? {} : { address }),
    kubelet,
    ...(kubeadm === undefined ? {} : { kubeadm }),
    ...(controlPlane === undefined ? {} : { controlPlane }),
    // A member that did not answer told no version.
    ...(etcd === undefined || etcd === '' ? {} : { etcd }),
  };
}
