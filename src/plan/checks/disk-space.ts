import type { HostFacts, NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { pendingNodes } from '../nodes/pending.ts';
import { etcdMembersOf } from '../running.ts';
import { bytes, listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

const GiB = 1024 ** 3;

/** Packages with the old ones beside them, logs, and (where it lies on /) the images of a control plane. */
const enough = { needed: 1 * GiB, comfortable: 3 * GiB };

interface Shortage {
  readonly node: NodeSnapshot;
  readonly path: string;
  readonly free: number;
  readonly needed: number;
  readonly blocks: boolean;
}

/**
 * What a mount point must have free. kubeadm copies etcd's data to /etc/kubernetes/tmp and the snapshot is written beside
 * the data: twice the database each (kubernetes/kubernetes#125357).
 */
function requirement(
  path: string,
  databaseBytes: number,
  places: { etcd: string; images: string },
): { needed: number; comfortable: number } | undefined {
  if (path === '/') {
    return { needed: enough.needed + 2 * databaseBytes, comfortable: enough.comfortable + 2 * databaseBytes };
  }
  if (path === places.etcd) return { needed: 2 * databaseBytes, comfortable: 4 * databaseBytes };
  return path === places.images ? enough : undefined;
}

/** Where a machine keeps etcd's data and its images: both may be configured elsewhere. */
function placesOf({ machine }: Extract<HostFacts, { status: 'reached' }>): { etcd: string; images: string } {
  const etcd = machine?.staticPods
    .find(({ file }) => file === 'etcd.yaml')
    ?.flags.find(({ name }) => name === 'data-dir')?.value;
  return { etcd: etcd ?? '/var/lib/etcd', images: machine?.imageStore ?? '/var/lib/containerd' };
}

function shortagesOf(node: NodeSnapshot, databaseBytes: number): Shortage[] {
  if (node.host.status === 'unreachable') return [];
  const places = placesOf(node.host);
  const onRoot = node.host.freeBytes['/'];
  return Object.entries(node.host.freeBytes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, free]) => {
      // On one file system with / it is that which must have room.
      if (path === places.images && free === onRoot) return [];
      const required = requirement(path, databaseBytes, places);
      if (required === undefined || free >= required.comfortable) return [];
      const blocks = free < required.needed;
      return [{ node, path, free, needed: blocks ? required.needed : required.comfortable, blocks }];
    });
}

const databaseBytes = (snapshot: Snapshot, node: NodeSnapshot) =>
  etcdMembersOf(snapshot).find((member) => member.node === node.name)?.dbSizeBytes ?? 0;

/** Whether nodes that get a turn have room for packages, images, kubeadm's copies and the etcd snapshot. */
export const checkDiskSpace: Check = (snapshot, { target }) => {
  const shortages = pendingNodes(snapshot, target).flatMap((node) =>
    shortagesOf(node, databaseBytes(snapshot, node)),
  );
  const finding = (of: readonly Shortage[], severity: 'blocker' | 'warning') => ({
    code: 'node.disk-low',
    severity,
    objects: nodeObjects([...new Set(of.map(({ node }) => node))]),
    summary: `${severity === 'blocker' ? 'Too little disk is free' : 'Disk is getting short'}: ${listOf(
      of.map(
        ({ node, path, free, needed }) =>
          `${node.name} has ${bytes(free)} on ${path}, wants ${bytes(needed)}`,
      ),
    )}.`,
    facts: Object.fromEntries(of.map(({ node, path, free }) => [`${node.name}:${path}`, String(free)])),
    remedy:
      'Old copies in /etc/kubernetes/tmp, unused images (`crictl rmi --prune`) and journals are the usual finds.',
  });
  const blocking = shortages.filter(({ blocks }) => blocks);
  const short = shortages.filter(({ blocks }) => !blocks);
  return [
    ...when(blocking.length > 0, () => finding(blocking, 'blocker')),
    ...when(short.length > 0, () => finding(short, 'warning')),
  ];
};
