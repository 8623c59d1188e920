import { assertNever } from '../../src/domain/assert-never.ts';
import type { NodeSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import type { Step } from '../../src/domain/step.ts';
import { type KubernetesVersion, minorNumber } from '../../src/domain/version.ts';

type Reached = Extract<NodeSnapshot['host'], { status: 'reached' }>;

/** What the simulated run marks its cordons with. */
export const simulatedRun = 'sim222';

function change(snapshot: Snapshot, name: string, by: (node: NodeSnapshot) => NodeSnapshot): Snapshot {
  return { ...snapshot, nodes: snapshot.nodes.map((node) => (node.name === name ? by(node) : node)) };
}

function install(snapshot: Snapshot, name: string, packages: Reached['packages']): Snapshot {
  return change(snapshot, name, (node) =>
    node.host.status === 'unreachable'
      ? node
      : {
          ...node,
          host: {
            ...node.host,
            packages: { ...node.host.packages, ...packages },
            interruptedPackages: false,
          },
        },
  );
}

function upgradeEtcd(snapshot: Snapshot, name: string, to: KubernetesVersion): Snapshot {
  if (snapshot.etcd.topology === 'external' || minorNumber(to) < 34) return snapshot;
  const members = snapshot.etcd.members.map((member) =>
    member.node === name ? { ...member, version: '3.6.5' } : member,
  );
  return { ...snapshot, etcd: { ...snapshot.etcd, members } };
}

/** kubeadm rolls kube-proxy out with the last control plane only (kubeadm phases/upgrade/postupgrade.go). */
function rollOutAddons(snapshot: Snapshot, to: KubernetesVersion): Snapshot {
  const last = snapshot.nodes.every(
    ({ role, controlPlane }) => role === 'worker' || controlPlane?.apiServer === to,
  );
  if (!last) return snapshot;
  return {
    ...snapshot,
    addons: { ...snapshot.addons, kubeProxyImage: `registry.k8s.io/kube-proxy:${to}` },
  };
}

/** The cluster after one step, as far as versions and cordons go: a stand-in for kubeadm, apt and the API. */
export function afterStep(snapshot: Snapshot, step: Step): Snapshot {
  switch (step.kind) {
    case 'check-drift':
    case 'back-up-etcd':
    case 'back-up-external-etcd':
    case 'run-addon':
    case 'back-up-config-maps':
    case 'back-up-node-files':
    case 'pull-images':
    case 'upgrade-kubelet-config':
    case 'verify-node':
    case 'verify-addons':
    case 'verify-cluster':
    case 'mark-next-nodes':
    case 'unmark-next-nodes':
    case 'record-workloads':
    case 'soak':
    case 'gate':
    case 'switch-repository':
    case 'restore-node-files':
    case 'restore-static-pods':
    case 'restore-config-maps':
    case 'restore-addons':
    case 'enable-etcd-downgrade':
    case 'stop-static-pods':
    case 'restore-etcd':
    case 'restart-node-agents':
      return snapshot;
    case 'install-kubeadm':
      return install(snapshot, step.input.node, { kubeadm: step.input.version.slice(1) });
    case 'install-kubelet':
      return install(snapshot, step.input.node, {
        kubelet: step.input.version.slice(1),
        kubectl: step.input.version.slice(1),
      });
    case 'move-etcd-leader': {
      if (snapshot.etcd.topology === 'external') return snapshot;
      const next = snapshot.etcd.members.find((member) => member.node !== step.input.node);
      const members = snapshot.etcd.members.map((member) => ({ ...member, isLeader: member === next }));
      return { ...snapshot, etcd: { ...snapshot.etcd, members } };
    }
    case 'upgrade-control-plane': {
      const { node: name, version, mode } = step.input;
      const upgraded = rollOutAddons(
        change(upgradeEtcd(snapshot, name, version), name, (node) => ({
          ...node,
          controlPlane: {
            ...node.controlPlane,
            apiServer: version,
            controllerManager: version,
            scheduler: version,
          },
        })),
        version,
      );
      if (mode === 'node') return upgraded;
      return { ...upgraded, kubeadm: { ...upgraded.kubeadm, kubernetesVersion: version } };
    }
    case 'cordon-node':
    case 'quarantine-node':
    case 'drain-node':
      return change(snapshot, step.input.node, (node) =>
        node.unschedulable ? node : { ...node, unschedulable: true, cordonedByRun: simulatedRun },
      );
    case 'restart-kubelet':
      return change(snapshot, step.input.node, (node) => ({ ...node, kubeletVersion: step.input.version }));
    case 'uncordon-node':
      return change(snapshot, step.input.node, (node) => {
        const { cordonedByRun: _, ...rest } = node;
        return { ...rest, unschedulable: false };
      });
    default:
      return assertNever(step);
  }
}

/** The clusters on the way: the one at the start, then one after each step. */
export function statesOf(snapshot: Snapshot, steps: readonly Step[]): Snapshot[] {
  const states = [snapshot];
  for (const step of steps) states.push(afterStep(states.at(-1) ?? snapshot, step));
  return states;
}
