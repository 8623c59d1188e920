import type { StaticPod } from '../../../domain/machine-facts.ts';
import { type Check, nodeObjects, when } from '../../check.ts';
import { manifestEdits } from '../../manifests/changes.ts';
import { controlPlanesOf } from '../../running.ts';
import { listOf } from '../../text.ts';
import { toldBy } from './reached.ts';

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

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
      // A manifest that is cut or spoilt is still one that the kubelet may read.
      ...machine.unreadableManifests.filter((file) => components.some((name) => file.startsWith(name))),
    ],
    others: machine.unreadableManifests.filter((file) => !components.some((name) => file.startsWith(name))),
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
  return [...finding('copies', 'blocker'), ...finding('others', 'warning')];
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
