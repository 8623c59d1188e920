import type { StaticPod } from '../../../domain/machine-facts.ts';
import { manifestEdits } from '../../manifests/changes.ts';
import { controlPlanesOf } from '../../running.ts';
import { listOf } from '../../text.ts';
import { type Check, nodeObjects, when } from '../check.ts';
import { toldBy } from './reached.ts';

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** A file of a component other than the component's own; it may be cut or spoilt and is one all the same. */
const isOfComponent = (file: string): boolean =>
  components.some((name) => file.startsWith(name) && file !== `${name}.yaml`);
const isOwn = (file: string): boolean => components.some((name) => file === `${name}.yaml`);

const isCopy = ({ file, name }: StaticPod): boolean => components.includes(name) && file !== `${name}.yaml`;

/**
 * Files in the manifests directory that are a second one of a component, or no manifest. A kubelet reads every file there
 * whatever its name, so it runs one of the two; kubeadm then waits for a change that does not come (kubeadm#2823).
 */
export const checkStrayManifests: Check = (snapshot) => {
  const nodes = toldBy(controlPlanesOf(snapshot)).map(({ node, machine }) => ({
    node,
    copies: [
      ...machine.staticPods.filter(isCopy).map(({ file }) => file),
      ...machine.unreadableManifests.filter(isOfComponent),
    ],
    others: machine.unreadableManifests.filter((file) => !isOfComponent(file) && !isOwn(file)),
    spoilt: machine.unreadableManifests.filter(isOwn),
  }));
  const finding = (of: 'copies' | 'others', severity: 'blocker' | 'warning') => {
    const concerned = nodes.filter((each) => each[of].length > 0);
    return when(concerned.length > 0, () => ({
      code: 'kubeadm.stray-manifest',
      severity,
      objects: nodeObjects(concerned.map(({ node }) => node)),
      summary:
        of === 'copies'
          ? `Files beside the manifests are read by the kubelet as well, and kubeadm waits in vain: ${listOf(concerned.map((each) => `${each.copies.join(', ')} on ${each.node.name}`))}.`
          : `Files among the manifests are no manifests: ${listOf(concerned.map((each) => `${each.others.join(', ')} on ${each.node.name}`))}.`,
      facts: Object.fromEntries(concerned.map((each) => [each.node.name, each[of].join(', ')])),
      remedy:
        'Move them out of /etc/kubernetes/manifests (not to a name with another ending: every file there counts), then plan again.',
    }));
  };
  const spoilt = nodes.filter((each) => each.spoilt.length > 0);
  return [
    ...when(spoilt.length > 0, () => ({
      code: 'kubeadm.manifest-unreadable',
      severity: 'blocker' as const,
      objects: nodeObjects(spoilt.map(({ node }) => node)),
      summary: `Manifests are no Pods that could be read: ${listOf(spoilt.map((each) => `${each.spoilt.join(', ')} on ${each.node.name}`))}.`,
      facts: Object.fromEntries(spoilt.map((each) => [each.node.name, each.spoilt.join(', ')])),
      remedy:
        'Put the file right, or back from a copy in /etc/kubernetes/tmp or from a back-up; then plan again.',
    })),
    ...finding('copies', 'blocker'),
    ...finding('others', 'warning'),
  ];
};

/** `kube-apiserver on cp-1 and cp-2: - --profiling=false`; the same changes on several nodes once. */
function sameEdits(edits: ReturnType<typeof manifestEdits>): string[] {
  const groups = new Map<string, { component: string; nodes: string[]; lines: readonly string[] }>();
  for (const { component, node, lines } of edits) {
    const key = [component, ...lines].join('\n');
    const group = groups.get(key) ?? { component, nodes: [], lines };
    group.nodes.push(node.name);
    groups.set(key, group);
  }
  return [...groups.values()].map(
    ({ component, nodes, lines }) => `${component} on ${listOf(nodes)}: ${listOf(lines, 3)}`,
  );
}

/** Changes made by hand in manifests that kubeadm writes anew: they are lost, unless patches bring them back. */
export const checkEditedManifests: Check = (snapshot, _intent, { kubeadm }) => {
  const edits = manifestEdits(snapshot);
  const nodes = [...new Set(edits.map(({ node }) => node))];
  const patches = kubeadm.patchesDirectory;
  return when(edits.length > 0, () => ({
    code: 'kubeadm.manifest-edited',
    severity: patches === undefined ? 'warning' : 'info',
    objects: nodeObjects(nodes),
    summary: `Manifests differ from what kubeadm writes, and it writes them anew${
      patches === undefined ? '' : ` (unless the patches in ${patches} say the same)`
    }: ${listOf(sameEdits(edits), 3)}.`,
    facts: Object.fromEntries(
      edits.map(({ component, node, lines }) => [`${node.name}/${component}`, lines.join('\n')]),
    ),
    remedy:
      'Put what is to stay into ClusterConfiguration (extraArgs, extraVolumes) in the ConfigMap kubeadm-config, or into patches (policy.kubeadm.patchesDirectory).',
  }));
};
