import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { controlPlanesOf } from '../running.ts';
import { listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

function expectedManifests(snapshot: Snapshot): string[] {
  const names = snapshot.etcd.topology === 'stacked' ? [...components, 'etcd'] : components;
  return names.map((name) => `${name}.yaml`);
}

function unseen({ controlPlane = {} }: NodeSnapshot): string[] {
  const seen = {
    'kube-apiserver': controlPlane.apiServer,
    'kube-controller-manager': controlPlane.controllerManager,
    'kube-scheduler': controlPlane.scheduler,
  };
  return components.filter((name) => seen[name] === undefined);
}

/**
 * Whether every control plane has all of its static pods. A kubeadm that was killed between two moves leaves a
 * manifest out, and without kube-apiserver.yaml `kubeadm upgrade node` takes the machine for a worker and reports success.
 */
export const checkStaticPods: Check = (snapshot, { cluster }) => {
  const nodes = controlPlanesOf(snapshot);
  const expected = expectedManifests(snapshot);
  const missing = nodes.flatMap((node) => {
    const { host } = node;
    if (host.status === 'unreachable') return [];
    const files = expected.filter((file) => !host.manifests.includes(file));
    return files.length > 0 ? [{ node, files }] : [];
  });
  const dark = nodes.flatMap((node) => {
    const names = unseen(node);
    return names.length > 0 ? [{ node, names }] : [];
  });
  return [
    ...when(nodes.length === 0, () => ({
      code: 'control-plane.none',
      severity: 'blocker' as const,
      objects: [{ kind: 'Cluster', name: cluster }],
      summary: `No node of ${cluster} has the control-plane role; kubeadm upgrades only control planes it can see.`,
      facts: {},
      remedy:
        'See that the control planes carry the label node-role.kubernetes.io/control-plane, then plan again.',
    })),
    ...when(missing.length > 0, () => ({
      code: 'kubeadm.manifest-missing',
      severity: 'blocker' as const,
      objects: nodeObjects(missing.map(({ node }) => node)),
      summary: `Static pod manifests are missing: ${listOf(missing.map(({ node, files }) => `${files.join(', ')} on ${node.name}`))}.`,
      facts: Object.fromEntries(missing.map(({ node, files }) => [node.name, files.join(', ')])),
      remedy:
        'Restore them to /etc/kubernetes/manifests from the newest copy in which they are, then plan again.',
    })),
    ...when(dark.length > 0, () => ({
      code: 'control-plane.component-unseen',
      severity: 'blocker' as const,
      objects: nodeObjects(dark.map(({ node }) => node)),
      summary: `Not seen running: ${listOf(dark.map(({ node, names }) => `${names.join(', ')} on ${node.name}`))}.`,
      facts: Object.fromEntries(dark.map(({ node, names }) => [node.name, names.join(', ')])),
      remedy:
        'See `crictl ps -a` and the kubelet log there; a mirror pod may need a minute to come back, then plan again.',
    })),
  ];
};
