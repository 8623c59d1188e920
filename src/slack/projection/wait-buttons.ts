import type { Blockage } from '../../domain/blockage.ts';
import type { Run } from '../../domain/run.ts';
import { awaitsSecond, type GivenAnswer } from '../../domain/waiting.ts';
import { mentionOfOwner } from '../../usecases/control/owners.ts';
import { duration } from '../text/duration.ts';
import { clipped } from '../text/untrusted.ts';
import { type WaitRef, waitActionId, waitValue } from '../wait-buttons.ts';
import type { ButtonSpec } from './card.ts';

const secondNeeded = 'A second person has to agree before anything is done.';

/**
 * What can be done about one pod that is in the way; nothing that was asked for or done already.
 * @param above pods before it on the card: their workload is scaled, and their owner told, by their own buttons
 */
export function podButtons(
  run: Run,
  wait: WaitRef & { readonly told: Readonly<Record<string, unknown>>; readonly stopped: boolean },
  blockage: Blockage,
  given: readonly GivenAnswer[],
  place: number,
  above: readonly Blockage[] = [],
): ButtonSpec[] {
  const value = waitValue(run, wait, { pod: blockage.uid });
  const { workload, namespace, name, uid } = blockage;
  const ownerOf = (of: Blockage) => mentionOfOwner(run.plan.policy, of.namespace, of.owner?.text);
  const owner = ownerOf(blockage);
  const canTell =
    owner !== undefined &&
    wait.told[uid] === undefined &&
    above.every((other) => ownerOf(other) !== owner || other.namespace !== namespace);
  const isScaledAbove = above.some(
    (other) =>
      other.namespace === namespace && other.workload?.name === workload?.name && helpsToScale(other),
  );
  const open = given.filter((answer) => answer.withdrawn === undefined);
  const isDeleted = open.some(({ answer }) => answer.kind === 'delete-pod' && answer.uid === uid);
  const isScaled = open.some(
    ({ answer }) => answer.kind === 'scale-up' && answer.workload.name === workload?.name,
  );
  const again = wait.stopped ? ' and retry' : '';
  return [
    ...(canTell
      ? [{ actionId: waitActionId('tell-owner', place), label: 'Tell its owner', value } as const]
      : []),
    ...(workload !== undefined && !isScaled && !isScaledAbove && helpsToScale(blockage)
      ? [
          {
            actionId: waitActionId('scale-up', place),
            label: `Scale ${workload.name} to ${workload.replicas + 1} and retry…`,
            value,
            confirm: {
              title: clipped(`Scale ${workload.name} on ${run.cluster}?`, 100),
              text: clipped(
                `${workload.kind} ${workload.namespace}/${workload.name} gets ${workload.replicas + 1} replicas instead of ` +
                  `${workload.replicas} until the node is drained, then ${workload.replicas} again. ${secondNeeded}`,
                300,
              ),
              yes: 'Ask for it',
            },
          } as const,
        ]
      : []),
    ...(isDeleted || blockage.reason === 'terminating'
      ? []
      : [
          {
            actionId: waitActionId('delete-pod', place),
            label: `Delete ${name}${again}…`,
            value,
            style: 'danger',
            confirm: {
              title: clipped(`Delete ${name} on ${run.cluster}?`, 100),
              text: clipped(
                `Pod ${namespace}/${name} is deleted with its own grace period, past every budget: what it serves has one ` +
                  `pod less than it needs until a new one is Ready. ${secondNeeded}`,
                300,
              ),
              yes: 'Ask for it',
              danger: true,
            },
          } as const,
        ]),
  ];
}

/** One replica more opens a budget; it does nothing for a pod that is refused, or told to end already. */
function helpsToScale({ reason }: Blockage): boolean {
  return reason === 'budget';
}

/** What can be done about the node as a whole. */
export function nodeButtons(
  run: Run,
  wait: WaitRef & { readonly stopped: boolean },
  node: string,
  canSkip: boolean,
): ButtonSpec[] {
  const value = waitValue(run, wait);
  const skip = canSkip
    ? ([{ actionId: waitActionId('skip'), label: `Skip ${node}…`, value, style: 'danger' }] as const)
    : [];
  if (wait.stopped) {
    return [{ actionId: waitActionId('retry'), label: `Retry ${node}`, value, style: 'primary' }, ...skip];
  }
  return [
    {
      actionId: waitActionId('keep-waiting'),
      label: `Keep waiting (${duration(run.plan.policy.drain.timeoutSeconds)} more)`,
      value,
      style: 'primary',
    },
    ...skip,
    {
      actionId: waitActionId('stop'),
      label: 'Stop…',
      value,
      confirm: {
        title: clipped(`Stop draining ${node}?`, 100),
        text: clipped(
          `The drain of ${node} ends, the node stays cordoned with the pods that are left, and the run of ${run.cluster} ` +
            'waits for a decision.',
          300,
        ),
        yes: 'Stop',
      },
    },
  ];
}

/** For the second person, and for whoever thinks better of it. */
export function secondButtons(run: Run, wait: WaitRef, pending: GivenAnswer, place: number): ButtonSpec[] {
  if (!awaitsSecond(pending)) return [];
  const value = waitValue(run, wait, { number: pending.number });
  const { answer } = pending;
  const what =
    answer.kind === 'delete-pod'
      ? `delete ${answer.name}`
      : answer.kind === 'scale-up'
        ? `scale ${answer.workload.name}`
        : 'go on';
  return [
    {
      actionId: waitActionId('agree', place),
      label: `Agree: ${what}`,
      value,
      style: 'danger',
      confirm: {
        title: clipped(`Agree to ${what}?`, 100),
        text: clipped(
          `It is done in ${run.cluster} as soon as you agree, and both your names are told.`,
          300,
        ),
        yes: 'Agree',
        danger: true,
      },
    },
    { actionId: waitActionId('withdraw', place), label: 'Take it back', value },
  ];
}
