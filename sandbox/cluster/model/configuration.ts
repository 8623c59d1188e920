import { stringify } from 'yaml';

/** Sorted keys, lists not indented: how sigs.k8s.io/yaml writes. */
export const kubeYaml = (value: unknown) =>
  stringify(value, { indentSeq: false, lineWidth: 0, sortMapEntries: true });

export const criSocket = 'unix:///run/containerd/containerd.sock';
export const criSocketAnnotation = 'kubeadm.alpha.kubernetes.io/cri-socket';
export const controlPlaneEndpoint = 'k8s-api:6443';

export const kubeletPaths = {
  config: '/var/lib/kubelet/config.yaml',
  flags: '/var/lib/kubelet/kubeadm-flags.env',
  instance: '/var/lib/kubelet/instance-config.yaml',
  kubeconfig: '/etc/kubernetes/kubelet.conf',
} as const;

/** /var/lib/kubelet/config.yaml; the endpoint is written into it by kubeadm 1.34 (NodeLocalCRISocket). */
export function kubeletConfiguration(containerRuntimeEndpoint = ''): string {
  return kubeYaml({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    authentication: {
      anonymous: { enabled: false },
      webhook: { cacheTTL: '0s', enabled: true },
      x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
    },
    authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '0s', cacheUnauthorizedTTL: '0s' } },
    cgroupDriver: 'systemd',
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    containerRuntimeEndpoint,
    cpuManagerReconcilePeriod: '0s',
    crashLoopBackOff: {},
    evictionPressureTransitionPeriod: '0s',
    fileCheckFrequency: '0s',
    healthzBindAddress: '127.0.0.1',
    healthzPort: 10248,
    httpCheckFrequency: '0s',
    imageMaximumGCAge: '0s',
    imageMinimumGCAge: '0s',
    kind: 'KubeletConfiguration',
    logging: {
      flushFrequency: 0,
      options: { json: { infoBufferSize: '0' }, text: { infoBufferSize: '0' } },
      verbosity: 0,
    },
    memorySwap: {},
    nodeStatusReportFrequency: '0s',
    nodeStatusUpdateFrequency: '0s',
    rotateCertificates: true,
    runtimeRequestTimeout: '0s',
    shutdownGracePeriod: '0s',
    shutdownGracePeriodCriticalPods: '0s',
    staticPodPath: '/etc/kubernetes/manifests',
    streamingConnectionIdleTimeout: '0s',
    syncFrequency: '0s',
    volumeStatsAggPeriod: '0s',
  });
}

/** /var/lib/kubelet/kubeadm-flags.env; kubeadm 1.34 leaves the runtime endpoint out. */
export function kubeletFlags(options: { endpoint: boolean; pause: string }): string {
  const flags = [
    ...(options.endpoint ? [`--container-runtime-endpoint=${criSocket}`] : []),
    `--pod-infra-container-image=registry.k8s.io/pause:${options.pause}`,
  ];
  return `KUBELET_KUBEADM_ARGS="${flags.join(' ')}"\n`;
}

export const instanceConfiguration = `containerRuntimeEndpoint: "${criSocket}"\n`;

/** The ClusterConfiguration inside the ConfigMap kubeadm-config. */
export function clusterConfiguration(kubernetesVersion: string): string {
  return kubeYaml({
    apiServer: {},
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    caCertificateValidityPeriod: '87600h0m0s',
    certificateValidityPeriod: '8760h0m0s',
    certificatesDir: '/etc/kubernetes/pki',
    clusterName: 'kubernetes',
    controlPlaneEndpoint,
    controllerManager: {},
    dns: {},
    encryptionAlgorithm: 'RSA-2048',
    etcd: { local: { dataDir: '/var/lib/etcd' } },
    imageRepository: 'registry.k8s.io',
    kind: 'ClusterConfiguration',
    kubernetesVersion,
    networking: { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/12' },
    proxy: {},
    scheduler: {},
  });
}

export const kubeProxyConfiguration = kubeYaml({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  bindAddress: '0.0.0.0',
  bindAddressHardFail: false,
  clientConnection: {
    acceptContentTypes: '',
    burst: 0,
    contentType: '',
    kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf',
    qps: 0,
  },
  clusterCIDR: '10.244.0.0/16',
  configSyncPeriod: '0s',
  conntrack: { maxPerCore: 0, min: 0, tcpBeLiberal: false, udpStreamTimeout: '0s', udpTimeout: '0s' },
  detectLocalMode: '',
  enableProfiling: false,
  healthzBindAddress: '',
  hostnameOverride: '',
  kind: 'KubeProxyConfiguration',
  metricsBindAddress: '',
  mode: '',
  portRange: '',
});

export const corefile = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

/** A kubeconfig as kubeadm leaves it on a node; its credentials are placeholders that open nothing. */
export function nodeKubeconfig(user: string): string {
  return kubeYaml({
    apiVersion: 'v1',
    clusters: [{ cluster: { server: `https://${controlPlaneEndpoint}` }, name: 'kubernetes' }],
    contexts: [{ context: { cluster: 'kubernetes', user }, name: `${user}@kubernetes` }],
    'current-context': `${user}@kubernetes`,
    kind: 'Config',
    users: [
      {
        name: user,
        user: { 'client-certificate-data': 'cGxhY2Vob2xkZXI=', 'client-key-data': 'cGxhY2Vob2xkZXI=' },
      },
    ],
  });
}
