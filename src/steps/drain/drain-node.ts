import { StepFailure } from '../../domain/failure.ts';
import type { DrainNode } from '../../domain/step.ts';
import { cordonAnnotation, type Kubernetes } from '../../ports/kubernetes.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../../ports/step-handler.ts';
import type { StepDependencies } from '../dependencies.ts';
import { steadyClock } from '../steady-clock.ts';
import { cordonFact, nodeCalled } from '../uncordon-node.ts';
import { createAttention } from './attention.ts';
import { abandoned, blockage, refusal } from './blockage.ts';
import { evictAll } from './engine.ts';
import { countedFrom } from './leaver.ts';
import { followNode } from './news.ts';
import { sortDrainPods } from './pods.ts';
import { putScaledBack, scaledWorkloads } from './scaled.ts';
import { nodeNotReady } from './standstill.ts';

type DrainApi = Pick<
  Kubernetes,
  | 'getNode'
  | 'listPods'
  | 'followPods'
  | 'followPdbs'
  | 'getDaemonSet'
  | 'cordon'
  | 'evictPod'
  | 'deletePod'
  | 'listPdbs'
  | 'getNamespace'
  | 'workloadOf'
  | 'addReplica'
  | 'dropReplica'
>;

/** Pods that tolerate the cordon come back to the same node: after this many rounds they are left, as kubectl leaves them. */
const mostRounds = 3;

/**
 * Cordons a node with the run's mark, then evicts what `kubectl drain --ignore-daemonsets` would. A cordon that was there
 * before stays whose it is.
 */
export function drainNode(deps: {
  readonly kubernetesOf: (cluster: AttemptContext['cluster']) => DrainApi;
  readonly clock: StepDependencies['clock'];
}): StepHandler<DrainNode> {
  const { clock } = deps;
  /** What acting in this attempt did, for the facts that verifying leaves. */
  const reports = new WeakMap<AttemptContext, Moved>();

  return {
    async observe(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const node = await nodeCalled(kubernetes, step.input.node);
      // A process may have died between the last pod and putting a workload back.
      if (!node.unschedulable || scaledWorkloads(context).length > 0) return { status: 'to-do' };
      const pods = await kubernetes.listPods({ node: node.name });
      const { toEvict, refused } = await sortDrainPods(kubernetes, pods, context.policy.drain, clock.now());
      return toEvict.length + refused.length === 0
        ? { status: 'done', facts: await factsOf(kubernetes, step, context) }
        : { status: 'to-do' };
    },

    async act(step, context) {
      const { node } = step.input;
      const kubernetes = deps.kubernetesOf(context.cluster);
      await kubernetes.cordon(node, context.run);
      const began = clock.elapsed();
      const report = (pods: number): void =>
        void reports.set(context, { pods, tookMs: clock.elapsed() - began });
      try {
        await drain(kubernetes, clock, step, context, report);
      } catch (error) {
        await putScaledBackAfter(error, kubernetes, clock, context, node);
      }
      await putScaledBack(kubernetes, clock, context, node);
    },

    async verify(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const pods = await kubernetes.listPods({ node: step.input.node });
      const { toEvict } = await sortDrainPods(kubernetes, pods, context.policy.drain, clock.now());
      const moved = reports.get(context);
      return {
        ...(await factsOf(kubernetes, step, context)),
        ...(moved ? { moved: movedFact(moved) } : {}),
        // Everything that was there when the drain began has left: what is there now has come since.
        ...(toEvict.length > 0 ? { 'came back': `${toEvict.length}, they tolerate the cordon` } : {}),
      };
    },
  };
}

/** Evicts round by round until nothing is left that a drain takes. Throws StepFailure for what does not leave. */
async function drain(
  kubernetes: DrainApi,
  wallClock: StepDependencies['clock'],
  step: DrainNode,
  context: AttemptContext,
  report: (moved: number) => void,
): Promise<void> {
  const { node } = step.input;
  const { drain: policy } = context.policy;
  const news = followNode(kubernetes, node);
  const clock = steadyClock(wallClock);
  const began = countedFrom(clock.momentOf(context.startedAt), clock.now(), policy);
  let moved = 0;
  const attention = createAttention({ kubernetes, clock, context, node, movedBefore: () => moved });
  try {
    for (let round = 1; round <= mostRounds; round += 1) {
      const present = [...(await news.pods()).values()];
      const { toEvict, refused } = await sortDrainPods(kubernetes, present, policy, clock.now());
      if (refused.length > 0) throw refusal(node, refused);
      if (toEvict.length === 0) return;
      const { signal, abandoned: leave } = context;
      const options = { kubernetes, news, clock, signal, abandoned: leave, policy, began };
      const { ended, left, ...evicted } = await evictAll(toEvict, { ...options, attend: attention.attend });
      moved += evicted.moved;
      if (ended === 'abandoned') throw abandoned(node, moved, left.length);
      if (ended !== 'drained') throw blockage(node, left, await nodeNotReady(kubernetes, node));
      report(moved);
    }
  } finally {
    await Promise.all([news.close(), attention.settled()]);
  }
}

/**
 * A drain that failed puts workloads back all the same; that it could not is told beside the failure, which matters more.
 * A process that is to stop leaves them to the next, which goes on with the drain.
 */
async function putScaledBackAfter(
  error: unknown,
  kubernetes: DrainApi,
  clock: StepDependencies['clock'],
  context: AttemptContext,
  node: DrainNode['input']['node'],
): Promise<never> {
  if (error instanceof StepFailure && !context.signal.aborted) {
    try {
      await putScaledBack(kubernetes, clock, context, node);
    } catch (second) {
      if (!(second instanceof StepFailure)) throw second;
      context.note(second.message);
    }
  }
  throw error;
}

async function factsOf(kubernetes: DrainApi, step: DrainNode, context: AttemptContext): Promise<StepFacts> {
  const node = await nodeCalled(kubernetes, step.input.node);
  return node.annotations[cordonAnnotation] === context.run ? {} : { cordon: cordonFact(node) };
}

interface Moved {
  readonly pods: number;
  readonly tookMs: number;
}

/** `12 pods moved in 48 s`. */
function movedFact({ pods, tookMs }: Moved): string {
  return `${pods} ${pods === 1 ? 'pod' : 'pods'} moved in ${Math.max(1, Math.round(tookMs / 1_000))} s`;
}
