/** A network plugin, how it is known, and the minors of Kubernetes that its makers test a release of it with. */
export interface NetworkPlugin {
  readonly name: string;
  /** The repository's last parts, which mirrors keep. */
  readonly image: RegExp;
  readonly source: string;
  /** By minor release of the plugin: first and last minor of Kubernetes; `any` where its makers name no bounds. */
  readonly tested: 'any' | Readonly<Record<string, readonly [first: number, last: number]>>;
}

/**
 * Makers list what they test; another pair may well work. So the finding is a warning, and a release that is not in
 * here is only told.
 */
export const networkPlugins: readonly NetworkPlugin[] = [
  {
    name: 'Calico',
    image: /(^|\/)calico\/node$/,
    source: 'https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements',
    tested: { '3.29': [29, 32], '3.30': [31, 35], '3.31': [32, 35], '3.32': [34, 36] },
  },
  {
    name: 'Cilium',
    image: /(^|\/)cilium\/cilium$/,
    source: 'https://docs.cilium.io/en/stable/network/kubernetes/compatibility/',
    tested: { '1.16': [27, 30], '1.18': [30, 33], '1.19': [32, 35] },
  },
  {
    name: 'Flannel',
    image: /(^|\/)flannel\/flannel$/,
    source: 'https://github.com/flannel-io/flannel/blob/master/Documentation/kubernetes.md',
    tested: 'any',
  },
];

/**
 * Cloud controller managers that are released under the version numbers of Kubernetes, so that the version skew policy
 * can be applied to their tags. Others have numbers of their own and are left alone.
 * Sources: the version matrices of https://github.com/kubernetes/cloud-provider-vsphere and
 * https://github.com/kubernetes-sigs/cloud-provider-azure (since 1.23).
 */
export const cloudControllers: readonly RegExp[] = [
  /(^|\/)cloud-provider-vsphere$/,
  /(^|\/)azure-cloud-controller-manager$/,
];
