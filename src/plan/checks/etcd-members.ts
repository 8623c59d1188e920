import type { EtcdMember } from '../../domain/snapshot.ts';
import { etcdMembersOf } from '../running.ts';
import { listOf } from '../text.ts';
import { type Check, when } from './check.ts';

const names = (members: readonly EtcdMember[]) => listOf(members.map((member) => member.name));
const objects = (members: readonly EtcdMember[]) => members.map(({ name }) => ({ kind: 'EtcdMember', name }));

/**
 * Whether a stacked etcd can lose one member for a while, which every control plane's turn does: all healthy and
 * voting, one leader, and more than two (of two, one is no majority).
 */
export const checkEtcdMembers: Check = (snapshot, _intent, policy) => {
  const { etcd } = snapshot;
  if (etcd.topology === 'external') {
    const endpoints = etcd.endpoints.map((name) => ({ kind: 'EtcdEndpoint', name }));
    const isSaved = policy.etcd.backupCommand !== undefined;
    return [
      {
        code: 'etcd.external',
        severity: isSaved ? 'info' : 'warning',
        objects: endpoints,
        summary: isSaved
          ? 'Etcd is external: the configured command saves it first; it is neither upgraded nor restarted by this plan.'
          : 'Etcd is external: it is neither backed up nor upgraded nor restarted by this plan.',
        facts: { endpoints: etcd.endpoints.join(', ') },
        remedy: isSaved
          ? 'Nothing needs to be done.'
          : 'Take a snapshot of it by its own means before approving, or configure policy.etcd.backupCommand.',
      },
    ];
  }
  const members = etcdMembersOf(snapshot);
  // Alarms are a finding of their own, with what ends them.
  const sick = members.filter(({ healthy, alarms = [] }) => !healthy && alarms.length === 0);
  const learners = members.filter((member) => member.isLearner);
  const leaders = members.filter((member) => member.isLeader);
  return [
    ...when(members.length === 0 || sick.length > 0, () => ({
      code: 'etcd.unhealthy',
      severity: 'blocker' as const,
      objects: objects(sick),
      summary:
        members.length === 0
          ? 'No control plane could tell which members etcd has, or whether they are healthy.'
          : `Etcd members are not healthy: ${names(sick)} (${members.length - sick.length} of ${members.length} are).`,
      facts: { healthy: String(members.length - sick.length), members: String(members.length) },
      remedy:
        'See `etcdctl endpoint health --cluster` and the etcd log of the member; mend it, then plan again.',
    })),
    ...when(learners.length > 0, () => ({
      code: 'etcd.learner-present',
      severity: 'blocker' as const,
      objects: objects(learners),
      summary: `Etcd members that do not vote yet: ${names(learners)}. The others may not be restarted meanwhile.`,
      facts: {},
      remedy: 'Wait until it has caught up and promote it, or remove it, then plan again.',
    })),
    ...when(members.length === 2, () => ({
      code: 'etcd.no-quorum-margin',
      severity: 'blocker' as const,
      objects: objects(members),
      summary: 'Etcd has 2 members: while one restarts the other has no majority, and every write fails.',
      facts: { members: '2' },
      remedy: 'Add a third control plane, or remove the second one, then plan again.',
    })),
    ...when(members.length > 0 && leaders.length === 0, () => ({
      code: 'etcd.no-leader',
      severity: 'blocker' as const,
      objects: objects(members),
      summary: 'Etcd has no leader.',
      facts: { members: String(members.length) },
      remedy: 'See the etcd logs and the clocks and network between the members; plan again once one leads.',
    })),
  ];
};
