import { stringify } from 'yaml';

import { bundleOf, minorOf, registry } from './versions.ts';

export const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type Component = (typeof components)[number];

export const manifestDirectory = '/etc/kubernetes/manifests';
export const manifestPath = (component: Component) => `${manifestDirectory}/${component}.yaml`;

/** What a manifest depends on besides the version. */
export interface ManifestSite {
  node: string;
  address: string;
  /** Members of etcd when this node joined, this node last; `name=https://address:2380`. */
  initialCluster: string[];
  repository?: string;
}

type Mount = [name: string, path: string, type: string, readOnly: boolean];

interface Shape {
  annotations?: Record<string, string>;
  arguments: string[];
  image: string;
  port: number;
  probeHost: string;
  scheme: 'HTTP' | 'HTTPS';
  paths: { liveness: string; readiness?: string; startup: string };
  requests: Record<string, string>;
  mounts: Mount[];
}

const certificates: Mount[] = [
  ['ca-certs', '/etc/ssl/certs', 'DirectoryOrCreate', true],
  ['etc-ca-certificates', '/etc/ca-certificates', 'DirectoryOrCreate', true],
];
const sharedCertificates: Mount[] = [
  ['usr-local-share-ca-certificates', '/usr/local/share/ca-certificates', 'DirectoryOrCreate', true],
  ['usr-share-ca-certificates', '/usr/share/ca-certificates', 'DirectoryOrCreate', true],
];

/**
 * The text of a static pod manifest as kubeadm of `version` writes it for a node (keys sorted, probes by port name and no
 * creationTimestamp since 1.34, etcd's flags renamed with etcd 3.6).
 */
export function manifest(component: Component, version: string, site: ManifestSite): string {
  const minor = minorOf(version);
  const shape = shapes[component](version, site);
  const named = minor >= 34;
  const port = named ? 'probe-port' : shape.port;
  const probe = (path: string, extra: Record<string, number>) => ({
    ...extra,
    httpGet: { host: shape.probeHost, path, port, scheme: shape.scheme },
    timeoutSeconds: 15,
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(shape.annotations && { annotations: shape.annotations }),
      ...(named ? {} : { creationTimestamp: null }),
      labels: { component, tier: 'control-plane' },
      name: component,
      namespace: 'kube-system',
    },
    spec: {
      containers: [
        {
          command: [component, ...shape.arguments],
          image: shape.image,
          imagePullPolicy: 'IfNotPresent',
          livenessProbe: probe(shape.paths.liveness, {
            failureThreshold: 8,
            initialDelaySeconds: 10,
            periodSeconds: 10,
          }),
          name: component,
          ...(named && { ports: [{ containerPort: shape.port, name: 'probe-port', protocol: 'TCP' }] }),
          ...(shape.paths.readiness && {
            readinessProbe: probe(shape.paths.readiness, { failureThreshold: 3, periodSeconds: 1 }),
          }),
          resources: { requests: shape.requests },
          startupProbe: probe(shape.paths.startup, {
            failureThreshold: 24,
            initialDelaySeconds: 10,
            periodSeconds: 10,
          }),
          volumeMounts: mountOrder(shape.mounts).map(([name, mountPath, , readOnly]) => ({
            mountPath,
            name,
            ...(readOnly && { readOnly }),
          })),
        },
      ],
      hostNetwork: true,
      priority: 2_000_001_000,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      volumes: [...shape.mounts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, path, type]) => ({ hostPath: { path, type }, name })),
    },
    status: {},
  };
  return stringify(pod, { indentSeq: false, lineWidth: 0, sortMapEntries: true });
}

// kubeadm sorts volume mounts by name like the volumes, but lists etcd's data directory first.
function mountOrder(mounts: Mount[]): Mount[] {
  return mounts.some(([name]) => name === 'etcd-data')
    ? mounts
    : [...mounts].sort(([a], [b]) => (a < b ? -1 : 1));
}

const pki = '/etc/kubernetes/pki';

const shapes: Record<Component, (version: string, site: ManifestSite) => Shape> = {
  etcd: (version, { node, address, initialCluster, repository = registry }) => {
    const { etcd } = bundleOf(minorOf(version));
    const modern = etcd.startsWith('3.6');
    return {
      annotations: { 'kubeadm.kubernetes.io/etcd.advertise-client-urls': `https://${address}:2379` },
      arguments: [
        `--advertise-client-urls=https://${address}:2379`,
        `--cert-file=${pki}/etcd/server.crt`,
        '--client-cert-auth=true',
        '--data-dir=/var/lib/etcd',
        ...(modern
          ? ['--feature-gates=InitialCorruptCheck=true']
          : [
              '--experimental-initial-corrupt-check=true',
              '--experimental-watch-progress-notify-interval=5s',
            ]),
        `--initial-advertise-peer-urls=https://${address}:2380`,
        `--initial-cluster=${initialCluster.join(',')}`,
        ...(initialCluster.length > 1 ? ['--initial-cluster-state=existing'] : []),
        `--key-file=${pki}/etcd/server.key`,
        `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`,
        '--listen-metrics-urls=http://127.0.0.1:2381',
        `--listen-peer-urls=https://${address}:2380`,
        `--name=${node}`,
        `--peer-cert-file=${pki}/etcd/peer.crt`,
        '--peer-client-cert-auth=true',
        `--peer-key-file=${pki}/etcd/peer.key`,
        `--peer-trusted-ca-file=${pki}/etcd/ca.crt`,
        '--snapshot-count=10000',
        `--trusted-ca-file=${pki}/etcd/ca.crt`,
        ...(modern ? ['--watch-progress-notify-interval=5s'] : []),
      ],
      image: `${repository}/etcd:${etcd}`,
      port: 2381,
      probeHost: '127.0.0.1',
      scheme: 'HTTP',
      paths: { liveness: '/livez', readiness: '/readyz', startup: '/readyz' },
      requests: { cpu: '100m', memory: '100Mi' },
      mounts: [
        ['etcd-data', '/var/lib/etcd', 'DirectoryOrCreate', false],
        ['etcd-certs', `${pki}/etcd`, 'DirectoryOrCreate', false],
      ],
    };
  },
  'kube-apiserver': (version, { address, repository = registry }) => ({
    annotations: { 'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': `${address}:6443` },
    arguments: [
      `--advertise-address=${address}`,
      '--allow-privileged=true',
      '--authorization-mode=Node,RBAC',
      `--client-ca-file=${pki}/ca.crt`,
      '--enable-admission-plugins=NodeRestriction',
      '--enable-bootstrap-token-auth=true',
      `--etcd-cafile=${pki}/etcd/ca.crt`,
      `--etcd-certfile=${pki}/apiserver-etcd-client.crt`,
      `--etcd-keyfile=${pki}/apiserver-etcd-client.key`,
      '--etcd-servers=https://127.0.0.1:2379',
      `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
      `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
      `--proxy-client-key-file=${pki}/front-proxy-client.key`,
      '--requestheader-allowed-names=front-proxy-client',
      `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-username-headers=X-Remote-User',
      '--secure-port=6443',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${pki}/sa.pub`,
      `--service-account-signing-key-file=${pki}/sa.key`,
      '--service-cluster-ip-range=10.96.0.0/12',
      `--tls-cert-file=${pki}/apiserver.crt`,
      `--tls-private-key-file=${pki}/apiserver.key`,
    ],
    image: `${repository}/kube-apiserver:${version}`,
    port: 6443,
    probeHost: address,
    scheme: 'HTTPS',
    paths: { liveness: '/livez', readiness: '/readyz', startup: '/livez' },
    requests: { cpu: '250m' },
    mounts: [...certificates, ['k8s-certs', pki, 'DirectoryOrCreate', true], ...sharedCertificates],
  }),
  'kube-controller-manager': (version, { repository = registry }) => ({
    arguments: [
      '--allocate-node-cidrs=true',
      '--authentication-kubeconfig=/etc/kubernetes/controller-manager.conf',
      '--authorization-kubeconfig=/etc/kubernetes/controller-manager.conf',
      '--bind-address=127.0.0.1',
      `--client-ca-file=${pki}/ca.crt`,
      '--cluster-cidr=10.244.0.0/16',
      '--cluster-name=kubernetes',
      `--cluster-signing-cert-file=${pki}/ca.crt`,
      `--cluster-signing-key-file=${pki}/ca.key`,
      '--controllers=*,bootstrapsigner,tokencleaner',
      '--kubeconfig=/etc/kubernetes/controller-manager.conf',
      '--leader-elect=true',
      `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
      `--root-ca-file=${pki}/ca.crt`,
      `--service-account-private-key-file=${pki}/sa.key`,
      '--service-cluster-ip-range=10.96.0.0/12',
      '--use-service-account-credentials=true',
    ],
    image: `${repository}/kube-controller-manager:${version}`,
    port: 10257,
    probeHost: '127.0.0.1',
    scheme: 'HTTPS',
    paths: { liveness: '/healthz', startup: '/healthz' },
    requests: { cpu: '200m' },
    mounts: [
      ...certificates,
      ['flexvolume-dir', '/usr/libexec/kubernetes/kubelet-plugins/volume/exec', 'DirectoryOrCreate', false],
      ['k8s-certs', pki, 'DirectoryOrCreate', true],
      ['kubeconfig', '/etc/kubernetes/controller-manager.conf', 'FileOrCreate', true],
      ...sharedCertificates,
    ],
  }),
  'kube-scheduler': (version, { repository = registry }) => ({
    arguments: [
      '--authentication-kubeconfig=/etc/kubernetes/scheduler.conf',
      '--authorization-kubeconfig=/etc/kubernetes/scheduler.conf',
      '--bind-address=127.0.0.1',
      '--kubeconfig=/etc/kubernetes/scheduler.conf',
      '--leader-elect=true',
    ],
    image: `${repository}/kube-scheduler:${version}`,
    port: 10259,
    probeHost: '127.0.0.1',
    scheme: 'HTTPS',
    paths: { liveness: '/livez', readiness: '/readyz', startup: '/livez' },
    requests: { cpu: '100m' },
    mounts: [['kubeconfig', '/etc/kubernetes/scheduler.conf', 'FileOrCreate', true]],
  }),
};
