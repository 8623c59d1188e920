import { coredns, kubeadmConfigMaps, kubeProxy } from './addons.ts';
import type { ClusterModel } from './cluster.ts';
import { criSocket, criSocketAnnotation } from './configuration.ts';
import { nodeConditions } from './kubelet.ts';
import type { Machine } from './machine.ts';
import { fillDisk, type PkiTexts } from './node-files.ts';
import { type KubeNode, type KubeObject, kubeTime, microTime } from './objects.ts';
import { usualLists } from './packages.ts';
import { minorOf } from './versions.ts';

/**
 * Builds a cluster as `kubeadm init` and `kubeadm join` leave it: disks, nodes, leases, ConfigMaps, addons.
 *
 * @param seed changes the machines before anything of them runs
 */
export async function bootstrap(
  model: ClusterModel,
  pki: PkiTexts,
  seed: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { store } = model;
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system'])
    store.create(namespace(name));
  for (const map of kubeadmConfigMaps(model.initialVersion)) store.create(map);
  const etcd: string[] = [];
  let index = 0;
  for (const machine of model.machines.values()) {
    await fillDisk(machine, model.initialVersion, pki, etcd);
    if (machine.role === 'control-plane') etcd.push(`${machine.name}=https://${machine.address}:2380`);
    const minor = `v1.${minorOf(model.initialVersion)}`;
    machine.packages.listsIn(usualLists).set(minor, model.repository.versionsOf(minor) ?? []);
    const node = store.create(nodeObject(machine, model.initialVersion, index++));
    store.create(nodeLease(machine.name, node.metadata.uid ?? ''));
  }
  await seed();
  for (const machine of model.controlPlanes()) await machine.staticPods.adopt();
  for (const object of services()) store.create(object);
  store.create(kubeProxy(model.initialVersion));
  store.create(coredns(model.initialVersion));
}

export const namespace = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

function nodeLease(name: string, uid: string): KubeObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: 'kube-node-lease',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTime(new Date()) },
  };
}

function nodeObject(machine: Machine, version: string, index: number): KubeNode {
  const controlPlane = machine.role === 'control-plane';
  const cidr = `10.244.${index}.0/24`;
  return {
    ...bareNode(machine.name, machine.address, version, machine.bootId),
    metadata: {
      annotations: {
        [criSocketAnnotation]: criSocket,
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
      labels: {
        ...nodeLabels(machine.name),
        ...(controlPlane && {
          'node-role.kubernetes.io/control-plane': '',
          'node.kubernetes.io/exclude-from-external-load-balancers': '',
        }),
      },
      name: machine.name,
    },
    spec: {
      podCIDR: cidr,
      podCIDRs: [cidr],
      ...(controlPlane && {
        taints: [{ effect: 'NoSchedule', key: 'node-role.kubernetes.io/control-plane' }],
      }),
    },
  };
}

export const nodeLabels = (name: string) => ({
  'beta.kubernetes.io/arch': 'amd64',
  'beta.kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': 'linux',
});

/** A Ready node object without labels of its own. */
export function bareNode(name: string, address: string, version: string, bootID: string): KubeNode {
  const resources = {
    cpu: '4',
    'ephemeral-storage': '98831908Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: '16384092Ki',
    pods: '110',
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: nodeLabels(name) },
    spec: {},
    status: {
      addresses: [
        { address, type: 'InternalIP' },
        { address: name, type: 'Hostname' },
      ],
      allocatable: { ...resources, 'ephemeral-storage': '91083486262', memory: '16281692Ki' },
      capacity: resources,
      conditions: nodeConditions(
        undefined,
        { ready: true, message: 'kubelet is posting ready status' },
        false,
        kubeTime(new Date()),
      ),
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      images: [],
      nodeInfo: {
        architecture: 'amd64',
        bootID,
        containerRuntimeVersion: 'containerd://1.7.28',
        kernelVersion: '6.1.0-41-amd64',
        kubeProxyVersion: '',
        kubeletVersion: version,
        machineID: bootID.replaceAll('-', ''),
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        systemUUID: bootID,
      },
    },
  };
}

function services(): KubeObject[] {
  const service = (
    name: string,
    namespaceName: string,
    spec: Record<string, unknown>,
    labels: Record<string, string>,
  ) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespaceName, labels },
    spec: { type: 'ClusterIP', sessionAffinity: 'None', ...spec },
    status: { loadBalancer: {} },
  });
  const port = (name: string, number: number, protocol: string, targetPort = number) => ({
    name,
    port: number,
    protocol,
    targetPort,
  });
  return [
    service(
      'kubernetes',
      'default',
      { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [port('https', 443, 'TCP', 6443)] },
      { component: 'apiserver', provider: 'kubernetes' },
    ),
    service(
      'kube-dns',
      'kube-system',
      {
        clusterIP: '10.96.0.10',
        clusterIPs: ['10.96.0.10'],
        ports: [port('dns', 53, 'UDP'), port('dns-tcp', 53, 'TCP'), port('metrics', 9153, 'TCP')],
        selector: { 'k8s-app': 'kube-dns' },
      },
      { 'k8s-app': 'kube-dns', 'kubernetes.io/name': 'CoreDNS' },
    ),
  ];
}
