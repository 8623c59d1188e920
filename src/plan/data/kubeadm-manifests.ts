import type { ControlPlaneSettings } from '../../domain/machine-facts.ts';

/** A control plane's static pod as kubeadm writes it. */
export interface KubeadmManifest {
  /** Flags with their values; undefined for a value that depends on the node or on more than is known here. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly probes: Readonly<Record<string, string>>;
  readonly mounts: readonly string[];
  readonly resources: Readonly<Record<string, string>>;
  readonly annotations: readonly string[];
}

export type ManifestComponent = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** The minors whose manifests are known here; those before were not looked at. */
export const firstKnownManifest = 31;

/** Where a minor's probes go by a port's name, ports are named and creationTimestamp is gone. */
export const namedProbePortFrom = 34;

interface Site {
  readonly minor: number;
  readonly etcd: { readonly modern: boolean; readonly external: boolean };
  readonly settings: ControlPlaneSettings;
}

/** Host directories that are mounted only where they are there (K/phases/controlplane/volumes.go, caCertsExtraVolumePaths). */
export const optionalMounts: ReadonlySet<string> = new Set([
  'etc-pki-ca-trust',
  'etc-pki-tls-certs',
  'etc-ca-certificates',
  'usr-share-ca-certificates',
  'usr-local-share-ca-certificates',
]);

/**
 * The four manifests of a minor.
 * Source: cmd/kubeadm/app/phases/controlplane/{manifests,volumes}.go and phases/etcd/local.go of release-1.31 to
 * release-1.36, which differ only as `minor` and `modern` say here; checked against the manifests and the `kubeadm upgrade
 * diff` of a real 1.33.13 and 1.34.9. How they were read: changes/README.md.
 */
export const kubeadmManifests: Readonly<Record<ManifestComponent, (site: Site) => KubeadmManifest>> = {
  etcd: ({ etcd, settings: { certificatesDirectory: pki, etcdDataDirectory } }) => ({
    flags: {
      'advertise-client-urls': undefined,
      'cert-file': `${pki}/etcd/server.crt`,
      'client-cert-auth': 'true',
      'data-dir': etcdDataDirectory,
      ...(etcd.modern
        ? { 'feature-gates': 'InitialCorruptCheck=true', 'watch-progress-notify-interval': '5s' }
        : {
            'experimental-initial-corrupt-check': 'true',
            'experimental-watch-progress-notify-interval': '5s',
          }),
      'initial-advertise-peer-urls': undefined,
      'initial-cluster': undefined,
      'key-file': `${pki}/etcd/server.key`,
      'listen-client-urls': undefined,
      'listen-metrics-urls': undefined,
      'listen-peer-urls': undefined,
      name: undefined,
      'peer-cert-file': `${pki}/etcd/peer.crt`,
      'peer-client-cert-auth': 'true',
      'peer-key-file': `${pki}/etcd/peer.key`,
      'peer-trusted-ca-file': `${pki}/etcd/ca.crt`,
      'snapshot-count': '10000',
      'trusted-ca-file': `${pki}/etcd/ca.crt`,
    },
    probes: { liveness: '/livez', readiness: '/readyz', startup: '/readyz' },
    mounts: ['etcd-data', 'etcd-certs'],
    resources: { 'requests.cpu': '100m', 'requests.memory': '100Mi' },
    annotations: ['kubeadm.kubernetes.io/etcd.advertise-client-urls'],
  }),

  'kube-apiserver': ({ etcd, settings: { certificatesDirectory: pki, ...settings } }) => ({
    flags: {
      'advertise-address': undefined,
      'allow-privileged': 'true',
      'authorization-mode': 'Node,RBAC',
      'client-ca-file': `${pki}/ca.crt`,
      'enable-admission-plugins': 'NodeRestriction',
      'enable-bootstrap-token-auth': 'true',
      ...(etcd.external
        ? {}
        : {
            'etcd-cafile': `${pki}/etcd/ca.crt`,
            'etcd-certfile': `${pki}/apiserver-etcd-client.crt`,
            'etcd-keyfile': `${pki}/apiserver-etcd-client.key`,
          }),
      'etcd-servers': undefined,
      'kubelet-client-certificate': `${pki}/apiserver-kubelet-client.crt`,
      'kubelet-client-key': `${pki}/apiserver-kubelet-client.key`,
      'kubelet-preferred-address-types': 'InternalIP,ExternalIP,Hostname',
      'proxy-client-cert-file': `${pki}/front-proxy-client.crt`,
      'proxy-client-key-file': `${pki}/front-proxy-client.key`,
      'requestheader-allowed-names': 'front-proxy-client',
      'requestheader-client-ca-file': `${pki}/front-proxy-ca.crt`,
      'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
      'requestheader-group-headers': 'X-Remote-Group',
      'requestheader-username-headers': 'X-Remote-User',
      'secure-port': undefined,
      'service-account-issuer':
        settings.dnsDomain === undefined ? undefined : `https://kubernetes.default.svc.${settings.dnsDomain}`,
      'service-account-key-file': `${pki}/sa.pub`,
      'service-account-signing-key-file': `${pki}/sa.key`,
      'service-cluster-ip-range': settings.serviceSubnet,
      'tls-cert-file': `${pki}/apiserver.crt`,
      'tls-private-key-file': `${pki}/apiserver.key`,
    },
    probes: { liveness: '/livez', readiness: '/readyz', startup: '/livez' },
    mounts: ['ca-certs', 'k8s-certs'],
    resources: { 'requests.cpu': '250m' },
    annotations: ['kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint'],
  }),

  'kube-controller-manager': ({ minor, settings: { certificatesDirectory: pki, ...settings } }) => ({
    flags: {
      ...(settings.podSubnet === undefined
        ? {}
        : {
            'allocate-node-cidrs': 'true',
            'cluster-cidr': settings.podSubnet,
            'service-cluster-ip-range': settings.serviceSubnet,
          }),
      'authentication-kubeconfig': '/etc/kubernetes/controller-manager.conf',
      'authorization-kubeconfig': '/etc/kubernetes/controller-manager.conf',
      'bind-address': '127.0.0.1',
      'client-ca-file': `${pki}/ca.crt`,
      'cluster-name': settings.clusterName,
      // Empty where the authority's key is kept elsewhere (external CA).
      'cluster-signing-cert-file': undefined,
      'cluster-signing-key-file': undefined,
      controllers: '*,bootstrapsigner,tokencleaner',
      kubeconfig: '/etc/kubernetes/controller-manager.conf',
      'leader-elect': 'true',
      'requestheader-client-ca-file': `${pki}/front-proxy-ca.crt`,
      'root-ca-file': `${pki}/ca.crt`,
      'service-account-private-key-file': `${pki}/sa.key`,
      'use-service-account-credentials': 'true',
    },
    probes: { liveness: '/healthz', startup: '/healthz' },
    // Flex volumes are gone from kubeadm 1.36 (its changelog, urgent upgrade notes).
    mounts: ['ca-certs', ...(minor < 36 ? ['flexvolume-dir'] : []), 'k8s-certs', 'kubeconfig'],
    resources: { 'requests.cpu': '200m' },
    annotations: [],
  }),

  'kube-scheduler': ({ minor }) => ({
    flags: {
      'authentication-kubeconfig': '/etc/kubernetes/scheduler.conf',
      'authorization-kubeconfig': '/etc/kubernetes/scheduler.conf',
      'bind-address': '127.0.0.1',
      kubeconfig: '/etc/kubernetes/scheduler.conf',
      'leader-elect': 'true',
    },
    probes:
      minor < 32
        ? { liveness: '/healthz', startup: '/healthz' }
        : { liveness: '/livez', readiness: '/readyz', startup: '/livez' },
    mounts: ['kubeconfig'],
    resources: { 'requests.cpu': '100m' },
    annotations: [],
  }),
};
