import { etcdMembersOf } from '../../running.ts';
import { listOf } from '../../text.ts';
import { type Check, when } from '../check.ts';

/**
 * Members of a stacked etcd that no node of the cluster belongs to: left of a control plane that was taken away, or come
 * back as zombies (etcd#20793). They count for the quorum, and nobody upgrades them.
 */
export const checkEtcdStrangers: Check = (snapshot) => {
  const strangers = etcdMembersOf(snapshot).filter(({ node }) => node === undefined);
  return when(strangers.length > 0, () => ({
    code: 'etcd.member-without-node',
    severity: 'warning',
    objects: strangers.map(({ name, id }) => ({ kind: 'EtcdMember', name: name === '' ? id : name })),
    summary: `etcd has members that no node belongs to: ${listOf(
      strangers.map(({ name, id }) => (name === '' ? `one that has not started (${id})` : name)),
    )}. They count for its quorum, and this plan does not upgrade them.`,
    facts: Object.fromEntries(strangers.map(({ name, id, version }) => [id, `${name} ${version}`.trim()])),
    remedy:
      'See `etcdctl member list`; a control plane that is gone for good: `etcdctl member remove` with its id in hexadecimal.',
  }));
};
