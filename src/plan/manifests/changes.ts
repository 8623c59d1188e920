import semver from 'semver';
import type { ControlPlaneSettings, StaticPod } from '../../domain/machine-facts.ts';
import type { NodeName } from '../../domain/names.ts';
import type { ManifestChange } from '../../domain/plan.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { type KubernetesVersion, minorNumber, parseVersion } from '../../domain/version.ts';
import { firstKnownManifest, type ManifestComponent, namedProbePortFrom } from '../data/kubeadm-manifests.ts';
import { controlPlanesOf } from '../running.ts';
import { etcdMove } from '../way/etcd-move.ts';
import { podDifference } from './difference.ts';
import { expectedPod } from './expected.ts';

const components: readonly ManifestComponent[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
];

/** How a manifest on a node differs from what kubeadm wrote, or would write. */
interface Difference {
  readonly component: ManifestComponent;
  readonly node: NodeSnapshot;
  readonly lines: readonly string[];
}

function differences(
  snapshot: Snapshot,
  nodes: readonly NodeSnapshot[],
  imageAndMinor: (
    component: ManifestComponent,
    present: StaticPod,
    node: NodeSnapshot,
  ) => { image: string; etcdModern: boolean; minor: number } | undefined,
): Difference[] {
  const { settings } = snapshot.kubeadm;
  if (settings === undefined) return [];
  return nodes.flatMap((node) => {
    if (node.host.status !== 'reached') return [];
    const pods = node.host.machine?.staticPods ?? [];
    return components.flatMap((component): Difference[] => {
      const present = pods.find(({ file }) => file === `${component}.yaml`);
      const writing = present && imageAndMinor(component, present, node);
      if (!present || !writing || writing.minor < firstKnownManifest) return [];
      const lines = podDifference(
        present,
        expectedPod(component, present, writingOf(snapshot, settings, writing)),
      );
      return lines.length === 0 ? [] : [{ component, node, lines }];
    });
  });
}

function writingOf(
  snapshot: Snapshot,
  settings: ControlPlaneSettings,
  { image, etcdModern, minor }: { image: string; etcdModern: boolean; minor: number },
) {
  const external = snapshot.etcd.topology === 'external';
  return { image, minor, settings, etcd: { modern: etcdModern, external } };
}

/**
 * What was changed by hand in the manifests of control planes: what stands there and is neither kubeadm's own for the
 * version that runs nor in ClusterConfiguration, and the other way round.
 */
export function manifestEdits(snapshot: Snapshot): Difference[] {
  return differences(snapshot, controlPlanesOf(snapshot), (component, present, node) => {
    const tag = tagOf(present.image);
    const minor = writtenBy(component, present, node);
    if (minor === undefined) return undefined;
    const ofKubeadm = `${snapshot.kubeadm.imageRepository}/${component}:${tag ?? ''}`;
    // etcd may come from a repository of its own, and anything from a digest.
    const image = component === 'etcd' || tag === undefined ? present.image : ofKubeadm;
    return { image, minor, etcdModern: isModern(tag) };
  });
}

/**
 * The minor of the kubeadm that wrote a manifest. Where an upgrade stopped midway the four are of two minors, and etcd's
 * image does not tell of which; its probes do.
 */
function writtenBy(component: ManifestComponent, present: StaticPod, node: NodeSnapshot): number | undefined {
  const own = component === 'etcd' ? node.controlPlane?.apiServer : parseVersion(tagOf(present.image) ?? '');
  if (own === undefined) return undefined;
  const minor = minorNumber(own);
  if (component !== 'etcd') return minor;
  return present.probePort === 'probe-port'
    ? Math.max(namedProbePortFrom, minor)
    : Math.min(namedProbePortFrom - 1, minor);
}

/**
 * What the upgrade changes in the manifests of the control planes that get a turn, as lines of a diff; nodes on which the
 * same changes are one entry. Changes made by hand are among them: they are lost. For versions whose manifests are not
 * known here there are none.
 */
export function manifestChanges(
  snapshot: Snapshot,
  nodes: readonly NodeSnapshot[],
  target: KubernetesVersion,
): ManifestChange[] {
  const move = etcdMove(snapshot, target);
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane');
  const found = differences(snapshot, controlPlanes, (component, present) => {
    const base = { minor: minorNumber(target) };
    if (component !== 'etcd') {
      const repository = snapshot.kubeadm.imageRepository;
      return { ...base, image: `${repository}/${component}:${target}`, etcdModern: false };
    }
    const to = move.changesLine ? move.to : undefined;
    const image = to === undefined ? present.image : retagged(present.image, to);
    return { ...base, image, etcdModern: isModern(to ?? tagOf(present.image)) };
  });
  const groups = new Map<string, { component: string; nodes: NodeName[]; lines: string[] }>();
  for (const { component, node, lines } of found) {
    const key = [component, ...lines].join('\n');
    const group = groups.get(key) ?? { component, nodes: [], lines: [...lines] };
    group.nodes.push(node.name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const tagOf = (image: string): string | undefined => /:([^:/@]+)$/.exec(image)?.[1];

/** kubeadm's own choice of a patch of the line, or the tag that is pinned. */
function retagged(image: string, version: string): string {
  const isLine = version.split('.').length < 3;
  return `${image.replace(/:[^:/@]+$/, '')}:${version}${isLine ? '.*' : ''}`;
}

/** etcd from 3.6 on has its former experimental flags under other names. */
const isModern = (version = ''): boolean => semver.gte(semver.coerce(version) ?? '0.0.0', '3.6.0');
