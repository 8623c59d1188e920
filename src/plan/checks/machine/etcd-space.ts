import type { EtcdMember, Snapshot } from '../../../domain/snapshot.ts';
import { controlPlanesOf, etcdMembersOf } from '../../running.ts';
import { bytes, listOf } from '../../text.ts';
import { type Check, when } from '../check.ts';
import { toldBy } from './reached.ts';

/** etcd's own quota where none is set: DefaultQuotaBytes in etcd's server/storage/quota.go. */
const defaultQuota = 2 * 1024 ** 3;
const share = { warning: 0.8 };

function quotaOf(snapshot: Snapshot, member: EtcdMember): number {
  const told = toldBy(controlPlanesOf(snapshot)).find(({ node }) => node.name === member.node);
  const flags = told?.machine.staticPods.find(({ file }) => file === 'etcd.yaml')?.flags ?? [];
  const set = Number(flags.findLast(({ name }) => name === 'quota-backend-bytes')?.value ?? 0);
  return set > 0 ? set : defaultQuota;
}

const objects = (members: readonly EtcdMember[]) => members.map(({ name }) => ({ kind: 'EtcdMember', name }));

/** etcd's alarms, and how near its databases are to the size at which they take no more writes. */
export const checkEtcdSpace: Check = (snapshot) => {
  const members = etcdMembersOf(snapshot);
  const alarmed = members.filter(({ alarms = [] }) => alarms.length > 0);
  const near = members.filter(
    (member) => !alarmed.includes(member) && member.dbSizeBytes >= share.warning * quotaOf(snapshot, member),
  );
  return [
    ...when(alarmed.length > 0, () => ({
      code: 'etcd.alarm',
      severity: 'blocker' as const,
      objects: objects(alarmed),
      summary: `etcd has raised alarms: ${listOf(
        alarmed.map(({ name, alarms = [] }) => `${alarms.join(', ')} on ${name}`),
      )}.`,
      facts: Object.fromEntries(alarmed.map(({ name, alarms = [] }) => [name, alarms.join(', ')])),
      remedy: alarmed.some(({ alarms = [] }) => alarms.includes('CORRUPT'))
        ? 'Corrupt: remove that member and add it again from the healthy ones before anything else.'
        : 'No space: compact, `etcdctl defrag` one member at a time, then `etcdctl alarm disarm`.',
    })),
    ...when(near.length > 0, () => ({
      code: 'etcd.space-low',
      severity: 'warning' as const,
      objects: objects(near),
      summary: `etcd's database comes near the size at which it takes no more writes: ${listOf(
        near.map(
          (member) => `${bytes(member.dbSizeBytes)} of ${bytes(quotaOf(snapshot, member))} on ${member.name}`,
        ),
      )}.`,
      facts: Object.fromEntries(near.map((member) => [member.name, String(member.dbSizeBytes)])),
      remedy:
        'Compact and `etcdctl defrag` one member at a time, the leader last; or raise quota-backend-bytes (extraArgs of etcd).',
    })),
  ];
};
