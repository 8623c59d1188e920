/** Objects as an API server sends them, with only what matters here. */
export function node(
  name: string,
  options: { unschedulable?: boolean; mark?: string; version?: string } = {},
) {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name,
      uid: `uid-of-${name}`,
      resourceVersion: options.version ?? '100',
      labels: { 'kubernetes.io/hostname': name },
      annotations: options.mark ? { 'k8s-upgrade-bot/cordoned-by': options.mark } : {},
    },
    spec: options.unschedulable ? { unschedulable: true } : {},
    status: {
      conditions: [
        { type: 'MemoryPressure', status: 'False' },
        { type: 'DiskPressure', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
      addresses: [
        { type: 'InternalIP', address: '10.0.0.11' },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: { kubeletVersion: 'v1.33.13', containerRuntimeVersion: 'containerd://1.7.27' },
    },
  };
}

export function pod(name: string, options: { uid?: string; node?: string } = {}) {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: 'shop',
      uid: options.uid ?? `uid-of-${name}`,
      resourceVersion: '7',
      labels: { app: 'web' },
      ownerReferences: [
        { kind: 'ReplicaSet', name: 'web-1', uid: 'u', apiVersion: 'apps/v1', controller: true },
      ],
    },
    spec: {
      nodeName: options.node ?? 'w1',
      containers: [{ name: 'app', image: 'registry.local/app:1' }],
      volumes: [{ name: 'cache', emptyDir: {} }],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

export const list = (kind: string, items: object[], next?: string) => ({
  kind,
  apiVersion: 'v1',
  metadata: { resourceVersion: '1000', ...(next ? { continue: next } : {}) },
  items,
});
