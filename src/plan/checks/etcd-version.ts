import semver from 'semver';
import { etcdFitForNextMinor } from '../data/etcd-minors.ts';
import { etcdMembersOf } from '../running.ts';
import { listOf } from '../text.ts';
import { etcdLineOf, etcdMove } from '../way/etcd-move.ts';
import { type Check, when } from './check.ts';

/** What is to be known about etcd's version: too old for the next line (etcd's upgrade guide), or pinned by hand. */
export const checkEtcdVersion: Check = (snapshot, { target }) => {
  const move = etcdMove(snapshot, target);
  const fit = move.from === undefined ? undefined : etcdFitForNextMinor[etcdLineOf(move.from)];
  const early = etcdMembersOf(snapshot).filter(
    ({ version }) => fit !== undefined && semver.valid(version) !== null && semver.lt(version, fit),
  );
  const pinned = snapshot.kubeadm.etcdImageTag;
  return [
    ...when(move.changesLine && early.length > 0, () => ({
      code: 'etcd.below-recommended',
      severity: 'warning' as const,
      objects: early.map(({ name }) => ({ kind: 'EtcdMember', name })),
      summary:
        `etcd goes from ${move.from} to ${move.to}; its makers ask for ${fit} or later on all members before that ` +
        `(${listOf(early.map(({ name, version }) => `${name} ${version}`))}).`,
      facts: Object.fromEntries(early.map(({ name, version }) => [name, version])),
      remedy:
        `Removed members can come back as zombies: see that \`etcdctl member list\` shows only the ${snapshot.nodes.filter((node) => node.role === 'control-plane').length} ` +
        `you know, or take etcd to ${fit} first (etcd.local.imageTag in ClusterConfiguration).`,
    })),
    ...when(pinned !== undefined && snapshot.etcd.topology === 'stacked', () => ({
      code: 'etcd.image-pinned',
      severity: 'info' as const,
      objects: [{ kind: 'ConfigMap', namespace: 'kube-system', name: 'kubeadm-config' }],
      summary: `ClusterConfiguration pins etcd's image to ${pinned}; kubeadm keeps to it.`,
      facts: { imageTag: pinned ?? '' },
      remedy: 'Nothing, if that is meant; else remove etcd.local.imageTag before planning.',
    })),
  ];
};
