import { createHash } from 'node:crypto';

import type { KubeObject } from './objects.ts';
import type { World } from './world.ts';

/** What a cluster held when a snapshot was taken. */
export interface SnapshotContent {
  revision: number;
  /** Minor of etcd's cluster version then. */
  clusterMinor: number;
  objects: KubeObject[];
}

// What each snapshot's bytes stand for, by their SHA-256: the file itself carries only a plausible body.
const contents = new WeakMap<World, Map<string, SnapshotContent>>();

const page = 4_096;
const boltMagic = 0xed_0c_da_ed;

/**
 * A snapshot file as etcd sends it: a bbolt database (two meta pages, then pages of made-up data) followed by the 32 bytes
 * of its SHA-256, so that its size modulo 512 is 32.
 */
export function takeSnapshot(model: World, size: number): Buffer {
  const length = Math.max(4, Math.floor(size / page)) * page;
  const body = Buffer.alloc(length);
  const revision = model.store.revision;
  for (let number = 0; number * page < length; number++) {
    const at = number * page;
    body.writeBigUInt64LE(BigInt(number), at);
    body.writeUInt16LE(number < 2 ? 0x04 : 0x02, at + 8);
    if (number < 2) {
      body.writeUInt32LE(boltMagic, at + 16);
      body.writeUInt32LE(2, at + 20);
      body.writeUInt32LE(page, at + 24);
    } else body.writeUInt32LE((revision * 2_654_435_761 + number) >>> 0, at + 64);
  }
  body.writeUInt32LE(revision, 2 * page + 16);
  const file = Buffer.concat([body, createHash('sha256').update(body).digest()]);
  let known = contents.get(model);
  if (known === undefined) {
    known = new Map();
    contents.set(model, known);
  }
  known.set(createHash('sha256').update(file).digest('hex'), {
    revision,
    clusterMinor: model.etcd.clusterMinor,
    objects: [...model.store.all()],
  });
  return file;
}

/** Whether the trailer fits the body. */
export function isIntact(file: Uint8Array): boolean {
  if (file.length % 512 !== 32) return false;
  const body = file.subarray(0, -32);
  return createHash('sha256').update(body).digest().equals(file.subarray(-32));
}

/** What the cluster held when this file was taken; undefined for a file that is none of its snapshots. */
export function contentOf(model: World, file: Uint8Array): SnapshotContent | undefined {
  return contentBySum(model, sumOf(file));
}

export const sumOf = (file: Uint8Array) => createHash('sha256').update(file).digest('hex');
export const contentBySum = (model: World, sum: string) => contents.get(model)?.get(sum);

/** Beside a restored database: which snapshot it came from and how far its revisions were moved on. */
export const restoredMarker = '/member/snap/.restored-from';
export interface RestoredFrom {
  sum: string;
  bump: number;
}

// Members that have come up on restored data, by the snapshot that they came from.
const restoredMembers = new WeakMap<World, Map<string, Set<string>>>();

/**
 * A member came up on restored data. When a majority has, the cluster's objects are those of the snapshot, its revisions
 * moved on, its members new ones.
 */
export function takeUpRestored(world: World, node: string, { sum, bump }: RestoredFrom): void {
  const members = restoredMembers.get(world) ?? new Map<string, Set<string>>();
  restoredMembers.set(world, members);
  const up = members.get(sum) ?? new Set<string>();
  members.set(sum, up.add(node));
  const content = contentBySum(world, sum);
  if (content === undefined || up.size <= world.etcd.members.length / 2) return;
  members.delete(sum);
  world.etcd.reform(content.clusterMinor);
  world.store.restore(content.objects, bump);
  world.journal.record('', 'etcd-restore', `revision ${content.revision}`);
}
