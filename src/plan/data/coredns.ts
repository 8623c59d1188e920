/**
 * The CoreDNS that kubeadm brings with a minor, as of its newest patch.
 * Source: kubeadm `CoreDNSVersion`, cmd/kubeadm/app/constants/constants.go of each release branch.
 */
export const coreDnsOfMinor: Readonly<Record<number, string>> = {
  31: '1.11.3',
  32: '1.11.3',
  33: '1.12.0',
  34: '1.12.1',
  35: '1.13.1',
  36: '1.14.2',
};

/**
 * Releases of CoreDNS that kubeadm's library can migrate from, oldest first; those after the last one are taken as known
 * up to the version that kubeadm brings. kubeadm's preflight fails for another one (CoreDNSMigration: "start version not
 * supported") and for one that is newer than its own ("cannot migrate up").
 * Source: github.com/coredns/corefile-migration, migration/versions.go, as vendored by Kubernetes 1.34; kubeadm
 * cmd/kubeadm/app/phases/upgrade/preflight.go.
 */
export const migratedFrom: readonly string[] = `
  1.6.2 1.6.3 1.6.4 1.6.5 1.6.6 1.6.7 1.6.9 1.7.0 1.7.1 1.8.0 1.8.3 1.8.4 1.8.5 1.8.6 1.8.7
  1.9.0 1.9.1 1.9.2 1.9.3 1.9.4 1.10.0 1.10.1 1.11.0 1.11.1 1.11.3 1.11.4 1.12.0 1.12.1
`
  .trim()
  .split(/\s+/);
