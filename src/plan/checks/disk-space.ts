import type { HostFacts, NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { pendingNodes } from '../nodes/pending.ts';
import { etcdMembersOf } from '../running.ts';
import { bytes, count, listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** What a place must have free, and what it had better have. */
interface Room {
  readonly needed: number;
  readonly comfortable: number;
}

/** Packages with the old ones beside them, logs, and (where it lies on /) the images of a control plane. */
const enough: Room = { needed: 1 * GiB, comfortable: 3 * GiB };

/** Files that a step may make: a package has a dozen, kubeadm's copies some twenty, an image some thousand. */
const enoughInodes: Room = { needed: 1_000, comfortable: 10_000 };

/**
 * Places that an upgrade writes to, where they are file systems of their own: programs; downloads, what dpkg and the bot
 * note; the kubelet's files; scratch. `databases`: how often etcd's data must fit in beside it, as kubeadm copies it to
 * /etc/kubernetes/tmp (kubernetes/kubernetes#125357) and the bot keeps its snapshot in /var/lib until it is fetched.
 */
const mounted: Readonly<Record<string, Room & { readonly databases?: number }>> = {
  '/usr': { needed: 512 * MiB, comfortable: GiB },
  '/var': { needed: 512 * MiB, comfortable: GiB, databases: 1 },
  '/var/lib': { needed: 512 * MiB, comfortable: GiB, databases: 1 },
  '/var/cache': { needed: 256 * MiB, comfortable: 512 * MiB },
  '/var/lib/kubelet': { needed: 64 * MiB, comfortable: 256 * MiB },
  '/etc/kubernetes': { needed: 16 * MiB, comfortable: 64 * MiB, databases: 2 },
  '/tmp': { needed: 16 * MiB, comfortable: 64 * MiB },
};

interface Shortage {
  readonly node: NodeSnapshot;
  readonly path: string;
  readonly free: number;
  readonly unit: 'bytes' | 'inodes';
  readonly needed: number;
  readonly blocks: boolean;
}

/** kubeadm copies etcd's data to /etc/kubernetes/tmp and the snapshot is written beside the data: twice the database each. */
function requirement(
  path: string,
  databaseBytes: number,
  places: { etcd: string; images: string },
): Room | undefined {
  if (path === '/') return withDatabases(enough, 2 * databaseBytes);
  if (path === places.etcd) return { needed: 2 * databaseBytes, comfortable: 4 * databaseBytes };
  if (path === places.images) return enough;
  const room = mounted[path];
  return room && withDatabases(room, (room.databases ?? 0) * databaseBytes);
}

const withDatabases = ({ needed, comfortable }: Room, more: number): Room => ({
  needed: needed + more,
  comfortable: comfortable + more,
});

type Reached = Extract<HostFacts, { status: 'reached' }>;

/** Where a machine keeps etcd's data and its images: both may be configured elsewhere. */
function placesOf({ machine }: Reached): { etcd: string; images: string } {
  const etcd = machine?.staticPods
    .find(({ file }) => file === 'etcd.yaml')
    ?.flags.find(({ name }) => name === 'data-dir')?.value;
  return { etcd: etcd ?? '/var/lib/etcd', images: machine?.imageStore ?? '/var/lib/containerd' };
}

function shortagesOf(node: NodeSnapshot, databaseBytes: number): Shortage[] {
  const { host } = node;
  if (host.status === 'unreachable') return [];
  const places = placesOf(host);
  const shortOf = (
    unit: Shortage['unit'],
    frees: Readonly<Record<string, number>>,
    roomAt: (path: string) => Room | undefined,
  ): Shortage[] =>
    Object.entries(frees)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([path, free]) => {
        const room = roomAt(path);
        if (room === undefined || free >= room.comfortable) return [];
        const blocks = free < room.needed;
        return [{ node, path, free, unit, needed: blocks ? room.needed : room.comfortable, blocks }];
      });
  // On one file system with another place it is told once.
  const told = (frees: Readonly<Record<string, number>>, path: string) =>
    Object.entries(frees).some(
      ([other, free]) => other.length < path.length && isBelow(path, other) && free === frees[path],
    );
  const inodes = host.freeInodes ?? {};
  return [
    ...shortOf('bytes', host.freeBytes, (path) =>
      path === places.images && told(host.freeBytes, path)
        ? undefined
        : requirement(path, databaseBytes, places),
    ),
    ...shortOf('inodes', inodes, (path) => (told(inodes, path) ? undefined : enoughInodes)),
  ];
}

const isBelow = (path: string, other: string) => path.startsWith(other.endsWith('/') ? other : `${other}/`);

const databaseBytes = (snapshot: Snapshot, node: NodeSnapshot) =>
  etcdMembersOf(snapshot).find((member) => member.node === node.name)?.dbSizeBytes ?? 0;

const amount = (unit: Shortage['unit'], value: number) =>
  unit === 'bytes' ? bytes(value) : count(value, 'inode');

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
        ({ node, path, free, unit, needed }) =>
          `${node.name} has ${amount(unit, free)} on ${path}, wants ${amount(unit, needed)}`,
      ),
    )}.`,
    facts: Object.fromEntries(
      of.map(({ node, path, unit, free }) => [
        `${node.name}:${path}${unit === 'inodes' ? ' inodes' : ''}`,
        String(free),
      ]),
    ),
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
