const year = 365 * 24 * 3_600_000;

/** The certificates that `kubeadm certs check-expiration` lists, with the CA that signs each. */
export const managedCertificates: readonly (readonly [
  name: string,
  ca: 'ca' | 'etcd-ca' | 'front-proxy-ca',
])[] = [
  ['admin.conf', 'ca'],
  ['apiserver', 'ca'],
  ['apiserver-etcd-client', 'etcd-ca'],
  ['apiserver-kubelet-client', 'ca'],
  ['controller-manager.conf', 'ca'],
  ['etcd-healthcheck-client', 'etcd-ca'],
  ['etcd-peer', 'etcd-ca'],
  ['etcd-server', 'etcd-ca'],
  ['front-proxy-client', 'front-proxy-ca'],
  ['scheduler.conf', 'ca'],
  ['super-admin.conf', 'ca'],
];

/** When the certificates of one control plane expire. */
export class CertificateDates {
  readonly authorities = new Date(Date.now() + 10 * year - 172_800_000);
  readonly #expiry = new Map(
    managedCertificates.map(([name]) => [name, new Date(Date.now() + year - 3_600_000)]),
  );

  expiry(name: string): Date {
    return this.#expiry.get(name) ?? this.authorities;
  }

  /** Sets a date, to let a certificate expire soon or long ago. */
  set(name: string, date: Date): void {
    this.#expiry.set(name, date);
  }

  renew(name: string): void {
    this.#expiry.set(name, new Date(Date.now() + year));
  }
}
