import type { RemovedApi } from '../domain/api-facts.ts';
import { StepFailure } from '../domain/failure.ts';
import type { CustomCheck } from '../domain/finding-policy.ts';
import { type ClusterName, instant, type NodeName } from '../domain/names.ts';
import type { EtcdSnapshot, HostFacts, NodeSnapshot, Snapshot } from '../domain/snapshot.ts';
import { type MinorVersion, parseVersion } from '../domain/version.ts';
import type { FactsHost } from '../node/host-facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterSurvey } from '../ports/cluster-survey.ts';
import type { NodeObject, PodObject } from '../ports/kubernetes.ts';
import type { LocalFiles } from '../ports/local-files.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { AlertChoice } from './alerts.ts';
import { askedChecks, readBeside } from './beside.ts';
import { budgetsOf, overlappingBudgets } from './budgets.ts';
import { readOptional, type SnapshotApi } from './cluster-reads.ts';
import type { Gap } from './control-plane.ts';
import { readStackedEtcd } from './etcd.ts';
import { type HostReads, type LookProgress, readHosts } from './hosts.ts';
import { parseKubeadmConfig } from './kubeadm-config.ts';
import { readKubeletConfig } from './kubelet-config.ts';
import { readManifests } from './manifests.ts';
import { byNode, nodeSnapshot, roleOf } from './nodes.ts';
import { type Unobservable, unobservable, unobservableBy } from './unobservable.ts';
import { sectionsOf, withWorkloads, workloadsOf } from './workloads.ts';

/** A look at a cluster: everything, or why there is nothing. */
export type Look = { readonly status: 'observed'; readonly snapshot: Snapshot } | Unobservable;

export interface LookRequest {
  readonly cluster: ClusterName;
  readonly kubernetes: SnapshotApi;
  readonly hostOf: (node: NodeName) => FactsHost;
  readonly clock: Clock;
  /** Asks each machine's repositories what they offer of kubeadm on these release lines. */
  readonly offeredMinors?: readonly MinorVersion[] | undefined;
  /** Told how many machines have answered, each time that one has. */
  readonly onProgress?: ((progress: LookProgress) => void) | undefined;
  /** Whether the user may work on a machine at all; throws StepFailure. Left out where that was found out before. */
  readonly checkRights?: (node: NodeName) => Promise<unknown>;
  /** Manifests of configured add-ons on the bot's own machine. */
  readonly manifests?: { readonly paths: readonly string[]; readonly files: LocalFiles };
  /** Machines that are asked at the same time. */
  readonly concurrency?: number;
  /** What only a plan wants to know of the API, with the table of API versions that are removed. */
  readonly survey?: { readonly api: ClusterSurvey; readonly removed: readonly RemovedApi[] } | undefined;
  /** Firing alerts, and checks of the configuration's own that are queries. */
  readonly prometheus?: { readonly metrics: Metrics; readonly alerts: AlertChoice } | undefined;
  readonly customChecks?: readonly CustomCheck[] | undefined;
  /** The configured directory with kubeadm's patches; whether it is there is a fact of each machine. */
  readonly patchesDirectory?: string | undefined;
  /** Programs of configured commands; which of them are missing is a fact of each machine. */
  readonly programs?: readonly string[] | undefined;
}

/**
 * Observes a cluster. Without its nodes, its pods or kubeadm's configuration there is nothing to plan on; everything else
 * that does not answer becomes a gap, or an unreachable host. Nothing is changed anywhere.
 */
export async function gatherSnapshot(request: LookRequest): Promise<Look> {
  const { cluster, kubernetes, clock } = request;
  try {
    const nodes = await kubernetes.listNodes();
    const strange = nodes.find((node) => parseVersion(node.kubeletVersion) === undefined);
    if (strange) return strangeVersion(cluster, strange);
    const reading = readOptional(kubernetes);
    const [pods, configMap, kubelets, optional, hosts, beside] = await Promise.all([
      kubernetes.listPods(),
      kubernetes.getConfigMap('kube-system', 'kubeadm-config'),
      readKubeletConfig(kubernetes),
      reading,
      readHosts(nodes, { ...request, concurrency: request.concurrency ?? 16 }),
      readBeside(request, nodes, reading),
    ]);
    const config = parseKubeadmConfig(configMap?.data ?? {});
    if (config.status === 'unusable') return noConfig(cluster, configMap ? config.why : 'there is none');
    const etcd = await readEtcdOf(nodes, hosts, request, config.externalEtcd);
    const told = nodesOf(nodes, pods, hosts);
    const workloads = workloadsOf(pods, beside.localVolumes);
    const { manifests } = request;
    const snapshot: Snapshot = {
      cluster,
      takenAt: instant(clock.now()),
      apiServers: { ...optional.apiServers },
      kubeadm: { ...config.kubeadm, ...(kubelets.kubelet ? { kubelet: kubelets.kubelet } : {}) },
      nodes: withWorkloads(told.nodes, nodes, workloads),
      etcd: etcd.etcd,
      addons: optional.addons,
      pdbs: budgetsOf(optional.pdbs, pods),
      overlappingBudgets: overlappingBudgets(optional.pdbs, pods),
      ...sectionsOf(workloads),
      ...beside.sections,
      ...(await askedChecks(request, nodes, hosts)),
      certificates: [...hosts.certificates],
      ...(manifests && manifests.paths.length > 0
        ? { manifests: await readManifests(manifests.paths, manifests.files) }
        : {}),
      gaps: [...optional.gaps, ...kubelets.gaps, ...told.gaps, ...hosts.gaps, ...etcd.gaps, ...beside.gaps],
    };
    return { status: 'observed', snapshot };
  } catch (error) {
    if (error instanceof StepFailure) return unobservableBy(cluster, error);
    throw error;
  }
}

function nodesOf(
  nodes: readonly NodeObject[],
  pods: readonly PodObject[],
  hosts: HostReads,
): { nodes: NodeSnapshot[]; gaps: Gap[] } {
  const podsOf = byNode(pods);
  const told = nodes.flatMap((node) => {
    const kubeletVersion = parseVersion(node.kubeletVersion);
    if (!kubeletVersion) return [];
    const host: HostFacts = hosts.facts.get(node.name) ?? notAsked;
    return [nodeSnapshot(node, kubeletVersion, podsOf.get(node.name) ?? [], host)];
  });
  return { nodes: told.map(({ node }) => node), gaps: told.flatMap(({ gaps }) => gaps) };
}

const notAsked: HostFacts = { status: 'unreachable', code: 'ssh.unreachable', reason: 'It was not asked.' };

function readEtcdOf(
  nodes: readonly NodeObject[],
  hosts: HostReads,
  { hostOf }: LookRequest,
  external: readonly string[] | undefined,
): Promise<{ etcd: EtcdSnapshot; gaps: Gap[] }> | { etcd: EtcdSnapshot; gaps: Gap[] } {
  if (external) return { etcd: { topology: 'external', endpoints: [...external] }, gaps: [] };
  const reached = nodes.filter(
    (node) => roleOf(node) === 'control-plane' && hosts.facts.get(node.name)?.status === 'reached',
  );
  return readStackedEtcd(
    reached.map(({ name }) => hostOf(name)),
    nodes.map(({ name }) => name),
  );
}

function strangeVersion(cluster: ClusterName, node: NodeObject): Unobservable {
  return unobservable(
    cluster,
    'node.version-unsupported',
    `${node.name} runs ${node.kubeletVersion}, which is no release of Kubernetes itself: this is not a kubeadm cluster.`,
    { node: node.name, kubelet: node.kubeletVersion },
    'Upgrade it by the means of its own distribution.',
  );
}

function noConfig(cluster: ClusterName, why: string): Unobservable {
  return unobservable(
    cluster,
    'kubeadm.config-unusable',
    `ConfigMap kube-system/kubeadm-config cannot be used: ${why}.`,
    { why },
    'Only clusters that kubeadm has made can be upgraded; see `kubeadm config view` and kubeadm init phase upload-config.',
  );
}
