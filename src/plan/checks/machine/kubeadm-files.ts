import { bytes, listOf } from '../../text.ts';
import { type Check, nodeObjects, when } from '../check.ts';
import { toldWithTurn } from './reached.ts';

const manyBytes = 1024 ** 3;

/** What earlier upgrades have left in /etc/kubernetes/tmp: copies of etcd's data that fill the disk (kubernetes#125357). */
export const checkLeftovers: Check = (snapshot, intent) => {
  const full = toldWithTurn(snapshot, intent).filter(({ machine }) => machine.leftovers.bytes >= manyBytes);
  return when(full.length > 0, () => ({
    code: 'kubeadm.leftovers',
    severity: 'warning',
    objects: nodeObjects(full.map(({ node }) => node)),
    summary: `Earlier upgrades have left much in /etc/kubernetes/tmp: ${listOf(
      full.map(({ node, machine }) => `${bytes(machine.leftovers.bytes)} on ${node.name}`),
    )}.`,
    facts: Object.fromEntries(
      full.map(({ node, machine }) => [
        node.name,
        `${machine.leftovers.entries} entries, ${machine.leftovers.bytes} bytes`,
      ]),
    ),
    remedy:
      'Remove the copies that nobody goes back to. An upgrade by the bot keeps the newest of each kind (policy.kubeadm.keepCopies).',
  }));
};

/** Whether the directory with kubeadm's patches is on every node that gets a turn: kubeadm fails without. */
export const checkPatches: Check = (snapshot, intent, { kubeadm }) => {
  const without = toldWithTurn(snapshot, intent)
    .filter(({ machine }) => machine.patchesThere === false)
    .map(({ node }) => node);
  return when(kubeadm.patchesDirectory !== undefined && without.length > 0, () => ({
    code: 'kubeadm.patches-missing',
    severity: 'blocker',
    objects: nodeObjects(without),
    summary: `${kubeadm.patchesDirectory} with kubeadm's patches is not there on ${listOf(without.map(({ name }) => name))}; kubeadm fails without it.`,
    facts: { directory: kubeadm.patchesDirectory ?? '' },
    remedy:
      'Copy it there from a node that has it (on a worker it may be empty), or leave out policy.kubeadm.patchesDirectory, then plan again.',
  }));
};

/**
 * Nodes of which nothing tells kubeadm the container runtime's socket: neither the Node's annotation nor a file. A kubeadm
 * 1.34 that was killed between removing the one and writing the other leaves that, and no kubeadm gets past it.
 */
export const checkCriSocket: Check = (snapshot, intent) => {
  const lost = toldWithTurn(snapshot, intent)
    .filter(({ node, machine }) => node.criSocketAnnotated === false && !machine.criSocketKnown)
    .map(({ node }) => node);
  return when(lost.length > 0, () => ({
    code: 'kubeadm.cri-socket-missing',
    severity: 'blocker',
    objects: nodeObjects(lost),
    summary: `Nothing tells kubeadm the container runtime's socket on ${listOf(lost.map(({ name }) => name))}: an earlier upgrade was cut off there.`,
    facts: {},
    remedy:
      'Annotate the Node: `kubectl annotate node NODE kubeadm.alpha.kubernetes.io/cri-socket=unix:///run/containerd/containerd.sock`, then plan again.',
  }));
};
