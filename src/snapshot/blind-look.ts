import { type ClusterName, instant, type NodeName } from '../domain/names.ts';
import type { Origin } from '../domain/origin.ts';
import type { ControlPlaneVersions, HostFacts, NodeSnapshot, Snapshot } from '../domain/snapshot.ts';
import { type KubernetesVersion, newest, parseVersion } from '../domain/version.ts';
import type { FactsHost } from '../node/host-facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeObject } from '../ports/kubernetes.ts';
import { tagOf } from './control-plane.ts';
import { readStackedEtcd } from './etcd.ts';
import { readHosts } from './hosts.ts';

/** kubeadm's own, where no ConfigMap can be read. */
const usualImages = 'registry.k8s.io';

/**
 * A cluster as its machines tell of it over SSH, for when no API server answers: versions of packages and manifests, and
 * etcd where it runs. Which nodes there are is what the run's plan had found. What only the API knows is told as a gap.
 *
 * @param newestBegun the newest version that the run had begun to take a control plane to
 * @param isStacked whether the plan had found etcd on the control planes
 */
export async function lookBlindly(request: {
  readonly cluster: ClusterName;
  readonly origin: Origin;
  readonly newestBegun: KubernetesVersion;
  readonly isStacked: boolean;
  readonly hostOf: (node: NodeName) => FactsHost;
  readonly clock: Clock;
  readonly why: string;
}): Promise<Snapshot> {
  const { cluster, origin, newestBegun, isStacked, hostOf, clock, why } = request;
  const nodes = origin.nodes.map(
    ({ node, role }): NodeObject => ({
      name: node,
      uid: '',
      labels: role === 'control-plane' ? { 'node-role.kubernetes.io/control-plane': '' } : {},
      annotations: {},
      unschedulable: false,
      ready: false,
      pressures: [],
      kubeletVersion: '',
      containerRuntime: '',
      taints: [],
    }),
  );
  const hosts = await readHosts(nodes, { hostOf, clock, concurrency: 16 });
  const seen = origin.nodes.map((of): NodeSnapshot => nodeOf(of, hosts.facts.get(of.node)));
  const controlPlanes = seen.filter(
    ({ role, host }) => role === 'control-plane' && host.status === 'reached',
  );
  const etcd = isStacked
    ? await readStackedEtcd(
        controlPlanes.map(({ name }) => hostOf(name)),
        origin.nodes.map(({ node }) => node),
      )
    : { etcd: { topology: 'external' as const, endpoints: [] }, gaps: [] };
  const versions = seen.flatMap(({ controlPlane }) => controlPlane?.apiServer ?? []);
  return {
    cluster,
    takenAt: instant(clock.now()),
    apiServers: {},
    // Nobody can read the ConfigMap. It stands for the newest API server where no manifest of one is left to tell: data
    // may have been written by it already, and one minor below it is as far as an older one can be trusted.
    kubeadm: {
      kubernetesVersion: newest([...versions, newestBegun]) ?? newestBegun,
      imageRepository: usualImages,
      featureGates: {},
    },
    nodes: seen,
    etcd: etcd.etcd,
    addons: {},
    pdbs: [],
    certificates: [...hosts.certificates],
    gaps: [{ what: 'the API', why }, ...hosts.gaps, ...etcd.gaps],
  };
}

function nodeOf(of: Origin['nodes'][number], facts: HostFacts | undefined): NodeSnapshot {
  const host: HostFacts = facts ?? {
    status: 'unreachable',
    code: 'ssh.unreachable',
    reason: 'It was not asked.',
  };
  const kubelet = host.status === 'reached' ? parseVersion(host.packages.kubelet ?? '') : undefined;
  const controlPlane = of.role === 'control-plane' ? manifestVersions(host, of.controlPlane) : undefined;
  return {
    name: of.node,
    role: of.role,
    ready: false,
    unschedulable: false,
    pressures: [],
    ...(of.address === undefined ? {} : { internalAddress: of.address }),
    kubeletVersion: kubelet ?? of.kubelet,
    containerRuntime: '',
    ...(controlPlane === undefined ? {} : { controlPlane }),
    host,
    pods: { evictable: 0, unmanaged: [], emptyDir: [] },
  };
}

/** By the images of the manifests; as the plan had found them where the machine does not tell. */
function manifestVersions(
  host: HostFacts,
  then: ControlPlaneVersions | undefined,
): ControlPlaneVersions | undefined {
  if (host.status !== 'reached' || host.machine === undefined) return then;
  const { staticPods } = host.machine;
  const tag = (name: string): string | undefined => {
    const image = staticPods.find((pod) => pod.file === `${name}.yaml`)?.image;
    return image === undefined ? undefined : tagOf(image);
  };
  const version = (name: string): KubernetesVersion | undefined => parseVersion(tag(name) ?? '');
  const apiServer = version('kube-apiserver');
  const controllerManager = version('kube-controller-manager');
  const scheduler = version('kube-scheduler');
  const etcdImageTag = tag('etcd');
  return {
    ...(apiServer ? { apiServer } : {}),
    ...(controllerManager ? { controllerManager } : {}),
    ...(scheduler ? { scheduler } : {}),
    ...(etcdImageTag ? { etcdImageTag } : {}),
  };
}
