import { StepFailure } from '../domain/failure.ts';
import type { MoveEtcdLeader } from '../domain/step.ts';
import { readExited } from '../node/command.ts';
import { type EtcdMemberState, type EtcdState, moveLeaderCommand, readEtcd } from '../node/etcd.ts';
import { lastWords } from '../node/last-words.ts';
import type { StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';
import { localMember } from './etcd-health.ts';
import { met, notYet, waitUntil } from './wait-until.ts';

/** A hand-over takes a heartbeat or two; an election after a failed one a few seconds. */
const handOverMs = 30_000;

/** Hands etcd's leadership to another member before the leader's own turn, so that its restart costs no election. */
export function moveEtcdLeader(
  deps: Pick<StepDependencies, 'remoteHostOf' | 'clock'>,
): StepHandler<MoveEtcdLeader> {
  return {
    async observe(step, context) {
      const state = await readEtcd(deps.remoteHostOf(context.cluster, step.input.node));
      const leader = otherLeader(state);
      return leader ? { status: 'done', facts: { leader: leader.name } } : { status: 'to-do' };
    },
    async act(step, context) {
      const host = deps.remoteHostOf(context.cluster, step.input.node);
      const state = await readEtcd(host);
      if (!localMember(state)?.isLeader) return;
      const successor = successorIn(state);
      if (!successor) {
        throw new StepFailure(
          'etcd.unhealthy',
          `No other member of etcd is healthy enough to lead in place of ${host.node}.`,
          {
            facts: { node: host.node },
          },
        );
      }
      const outcome = await readExited(host, moveLeaderCommand(successor.id), {
        purpose: "handing over etcd's leadership",
        timeoutSeconds: 30,
      });
      if (outcome.code !== 0) {
        throw new StepFailure(
          'etcd.leader-not-moved',
          `etcd's leadership stays on ${host.node}: ${successor.name} did not take it.`,
          {
            facts: { node: host.node, successor: successor.name },
            lastWords: lastWords(outcome.stderr),
          },
        );
      }
    },
    async verify(step, context) {
      const { node } = step.input;
      const host = deps.remoteHostOf(context.cluster, node);
      const waited = await waitUntil(
        async () => {
          const leader = otherLeader(await readEtcd(host));
          return leader ? met(leader) : notYet('no other member leads');
        },
        { clock: deps.clock, signal: context.signal, timeoutMs: handOverMs },
      );
      if (waited.status === 'met') return { leader: waited.value.name };
      throw new StepFailure('etcd.leader-not-moved', `etcd's leadership stays on ${node}.`, {
        facts: { node },
      });
    },
  };
}

/** The leader, if it is another member than the one that was asked. */
function otherLeader(state: EtcdState): EtcdMemberState | undefined {
  const leader = state.members.find(({ isLeader }) => isLeader);
  return leader && leader.id !== localMember(state)?.id ? leader : undefined;
}

/** The newest version first: a member whose turn is over leads to the end, and leadership moves only once. */
function successorIn(state: EtcdState): EtcdMemberState | undefined {
  return state.members
    .filter(({ id, healthy, isLearner }) => healthy && !isLearner && id !== localMember(state)?.id)
    .toSorted(
      (a, b) =>
        b.version.localeCompare(a.version, 'en', { numeric: true }) || a.name.localeCompare(b.name, 'en'),
    )[0];
}
