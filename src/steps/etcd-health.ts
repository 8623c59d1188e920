import { StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import type { Reader } from '../node/command.ts';
import { type EtcdMemberState, type EtcdState, readEtcd } from '../node/etcd.ts';
import { type Look, met, notYet, type WaitOptions, waitUntil } from './wait-until.ts';

/** The member that was asked, which is the one on the node itself. */
export function localMember(state: EtcdState): EtcdMemberState | undefined {
  return state.members.find(({ name }) => name === state.localName);
}

/** Whether every member is healthy, a voter and without alarm; says what is not. */
function etcdLook(state: EtcdState): Look<EtcdState> {
  const learner = state.members.find(({ isLearner }) => isLearner);
  if (learner)
    return notYet(`member ${learner.name || learner.id} of etcd is still a learner`, 'etcd.learner-present');
  const ill = state.members.find(({ healthy }) => !healthy);
  if (ill) return notYet(`member ${ill.name || ill.id} of etcd is not healthy`, 'etcd.unhealthy');
  if (state.alarmed.length > 0) return notYet('etcd has raised an alarm', 'etcd.unhealthy');
  if (!state.members.some(({ isLeader }) => isLeader)) return notYet('etcd has no leader', 'etcd.unhealthy');
  return met(state);
}

/** Asks through the node's own member; one that does not answer yet is `not-yet`: it may be restarting. */
export async function lookAtEtcd(host: Reader): Promise<Look<EtcdState>> {
  try {
    return etcdLook(await readEtcd(host));
  } catch (error) {
    if (error instanceof StepFailure && error.code === 'etcd.unhealthy')
      return notYet(error.message, error.code);
    throw error;
  }
}

/** What the node's own member tells; undefined while it does not answer. */
export async function readEtcdTolerantly(host: Reader): Promise<EtcdState | undefined> {
  try {
    return await readEtcd(host);
  } catch (error) {
    if (error instanceof StepFailure && error.code === 'etcd.unhealthy') return undefined;
    throw error;
  }
}

/** Waits until etcd is whole. Throws `etcd.unhealthy` or `etcd.learner-present` when the time is over. */
export async function etcdWhole(host: Reader, options: WaitOptions): Promise<EtcdState> {
  const waited = await waitUntil(() => lookAtEtcd(host), options);
  if (waited.status === 'met') return waited.value;
  throw new StepFailure(
    waited.code ?? 'etcd.unhealthy',
    `etcd is not whole, seen from ${host.node}: ${waited.why}.`,
    {
      facts: { node: host.node },
    },
  );
}

/** `3.6.5, 3 of 3 members healthy, leader is cp-1`. */
export function etcdFact(state: EtcdState, node: NodeName): string {
  const own = state.members.find(({ name }) => name === node) ?? localMember(state);
  const healthy = state.members.filter((member) => member.healthy).length;
  const leader = state.members.find(({ isLeader }) => isLeader);
  return [
    own?.version ?? 'version unknown',
    `${healthy} of ${state.members.length} members healthy`,
    ...(leader ? [`leader is ${leader.name}`] : []),
  ].join(', ');
}
