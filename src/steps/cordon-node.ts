import pLimit, { type LimitFunction } from 'p-limit';
import { StepFailure } from '../domain/failure.ts';
import type { ClusterName } from '../domain/names.ts';
import type { CordonNode } from '../domain/step.ts';
import type { Kubernetes, NodeObject } from '../ports/kubernetes.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';
import { nodeCalled } from './uncordon-node.ts';
import { met, notYet } from './wait-until.ts';
import { waitUntilAbandoned } from './wait-while-wanted.ts';

type CordonApi = Pick<Kubernetes, 'getNode' | 'listNodes' | 'cordon'>;

/**
 * Takes a worker's place among the nodes that may be away: the cordon itself is the reservation, so that a crash loses
 * none and gives none twice. Looking and cordoning are one at a time in a cluster, because two turns that looked
 * together would both see room for one.
 */
export function cordonNode(deps: {
  readonly kubernetesOf: (cluster: ClusterName) => CordonApi;
  readonly clock: StepDependencies['clock'];
}): StepHandler<CordonNode> {
  const oneByOne = new Map<ClusterName, LimitFunction>();
  const inTurn = (cluster: ClusterName): LimitFunction => {
    const limit = oneByOne.get(cluster) ?? pLimit(1);
    oneByOne.set(cluster, limit);
    return limit;
  };

  const tryToCordon = async ({ input }: CordonNode, { cluster, run }: AttemptContext) => {
    const kubernetes = deps.kubernetesOf(cluster);
    const away = (await kubernetes.listNodes()).filter(isAway);
    if (away.some(({ name }) => name === input.node)) return met(undefined);
    if (away.length >= input.maxUnavailable) return notYet(awayText(away, input.maxUnavailable));
    await kubernetes.cordon(input.node, run);
    return met(undefined);
  };

  return {
    async observe({ input }, context) {
      const node = await nodeCalled(deps.kubernetesOf(context.cluster), input.node);
      return node.unschedulable ? { status: 'done', facts: {} } : { status: 'to-do' };
    },
    async act(step, context) {
      const { node } = step.input;
      const seconds = context.policy.drain.timeoutSeconds;
      const failure = (why: string) =>
        new StepFailure('workers.too-many-unavailable', `${node} waits for its turn to be away: ${why}.`, {
          facts: { node, most: String(step.input.maxUnavailable) },
        });
      let told = false;
      const waited = await waitUntilAbandoned(
        async () => {
          const looked = await inTurn(context.cluster)(() => tryToCordon(step, context));
          if (looked.status === 'not-yet' && !told) context.blocked(failure(looked.why).toFailure());
          told ||= looked.status === 'not-yet';
          return looked;
        },
        context,
        { clock: deps.clock, timeoutMs: seconds * 1_000 },
      );
      if (waited.status === 'timed-out') throw failure(waited.why);
      if (told) context.unblocked();
    },
    async verify({ input }, context) {
      const node = await nodeCalled(deps.kubernetesOf(context.cluster), input.node);
      if (isAway(node)) return {};
      throw new StepFailure('kubernetes.refused', `${input.node} is not cordoned.`, {
        facts: { node: input.node },
        retry: 'transient',
      });
    },
  };
}

/** Whether a node takes no pods, whoever's doing that is. */
function isAway({ ready, unschedulable }: NodeObject): boolean {
  return !ready || unschedulable;
}

function awayText(away: readonly NodeObject[], most: number): string {
  const shown = away.slice(0, 5).map(({ name, ready }) => `${name} ${ready ? 'cordoned' : 'NotReady'}`);
  const rest = away.length > shown.length ? ` and ${away.length - shown.length} more` : '';
  return `${away.length} of at most ${most} are away (${shown.join(', ')}${rest})`;
}
