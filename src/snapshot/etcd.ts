import type { NodeName } from '../domain/names.ts';
import type { EtcdMember, EtcdSnapshot } from '../domain/snapshot.ts';
import type { Reader } from '../node/command.ts';
import { type EtcdMemberState, type EtcdState, readEtcd } from '../node/etcd.ts';
import { whyOf } from './cluster-reads.ts';
import type { Gap } from './control-plane.ts';

/**
 * The members of a stacked etcd, as the first control plane that can tell tells of them. Where none can: no members, and
 * a gap for each with the reason.
 *
 * @param hosts control planes that were reached
 * @param nodes names of all nodes: kubeadm names members after theirs
 */
export async function readStackedEtcd(
  hosts: readonly Reader[],
  nodes: readonly NodeName[],
): Promise<{ etcd: EtcdSnapshot; gaps: Gap[] }> {
  const gaps: Gap[] = [];
  for (const host of hosts) {
    try {
      const { members, alarms } = await readEtcd(host);
      const seen = members.map((member) => memberOf(member, alarms, nodes));
      return { etcd: { topology: 'stacked', members: seen }, gaps: [] };
    } catch (error) {
      gaps.push({ what: `etcd through ${host.node}`, why: whyOf(error) });
    }
  }
  return { etcd: { topology: 'stacked', members: [] }, gaps };
}

function memberOf(
  state: EtcdMemberState,
  alarms: EtcdState['alarms'],
  nodes: readonly NodeName[],
): EtcdMember {
  const node = nodes.find((name) => name === state.name);
  const raised = alarms.filter(({ member }) => member === state.id).map(({ alarm }) => alarm);
  return {
    id: state.id,
    name: state.name,
    ...(node ? { node } : {}),
    version: state.version,
    isLearner: state.isLearner,
    isLeader: state.isLeader,
    // A member without space or with corrupt data answers, and takes no writes.
    healthy: state.healthy && raised.length === 0,
    dbSizeBytes: state.dbSizeBytes,
    ...(raised.length > 0 ? { alarms: raised } : {}),
  };
}
