import type { DrainNode } from '../../domain/step.ts';
import { cordonAnnotation, type Kubernetes } from '../../ports/kubernetes.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../../ports/step-handler.ts';
import type { StepDependencies } from '../dependencies.ts';
import { cordonFact, nodeCalled } from '../uncordon-node.ts';
import { blockage, refusal } from './blockage.ts';
import { type EvictionReport, evictAll } from './engine.ts';
import { readDrainPods } from './pods.ts';

type DrainApi = Pick<Kubernetes, 'getNode' | 'listPods' | 'getDaemonSet' | 'cordon' | 'evictPod'>;

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
  /** What acting in this attempt did, for the facts that verifying leaves. */
  const reports = new WeakMap<AttemptContext, EvictionReport>();

  return {
    async observe(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const node = await nodeCalled(kubernetes, step.input.node);
      if (!node.unschedulable) return { status: 'to-do' };
      const pods = await readDrainPods(kubernetes, node.name, context.policy.drain);
      return pods.toEvict.length + pods.refused.length === 0
        ? { status: 'done', facts: await factsOf(kubernetes, step, context) }
        : { status: 'to-do' };
    },

    async act(step, context) {
      const { node } = step.input;
      const kubernetes = deps.kubernetesOf(context.cluster);
      await kubernetes.cordon(node, context.run);
      const began = deps.clock.now();
      let moved = 0;
      for (let round = 1; round <= mostRounds; round += 1) {
        const { toEvict, refused } = await readDrainPods(kubernetes, node, context.policy.drain);
        if (refused.length > 0) throw refusal(node, refused);
        if (toEvict.length === 0) break;
        const spentSeconds = (deps.clock.now() - began) / 1_000;
        const report = await evictAll(toEvict, {
          kubernetes,
          clock: deps.clock,
          signal: context.signal,
          node,
          policy: {
            ...context.policy.drain,
            timeoutSeconds: Math.max(0, context.policy.drain.timeoutSeconds - spentSeconds),
          },
          onBlocked: (left) => context.blocked(blockage(node, left).toFailure()),
        });
        if (report.left.length > 0) throw blockage(node, report.left);
        moved += report.moved;
        reports.set(context, { moved, left: [], tookMs: deps.clock.now() - began });
      }
    },

    async verify(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const { toEvict } = await readDrainPods(kubernetes, step.input.node, context.policy.drain);
      const report = reports.get(context);
      const facts = await factsOf(kubernetes, step, context);
      if (toEvict.length === 0) return report ? { ...facts, moved: movedFact(report) } : facts;
      // Everything that was there when the drain began has left: what is there now has come since.
      return {
        ...facts,
        ...(report ? { moved: movedFact(report) } : {}),
        'came back': `${toEvict.length}, they tolerate the cordon`,
      };
    },
  };
}

async function factsOf(kubernetes: DrainApi, step: DrainNode, context: AttemptContext): Promise<StepFacts> {
  const node = await nodeCalled(kubernetes, step.input.node);
  return node.annotations[cordonAnnotation] === context.run ? {} : { cordon: cordonFact(node) };
}

/** `12 pods moved in 48 s`. */
function movedFact({ moved, tookMs }: EvictionReport): string {
  return `${moved} ${moved === 1 ? 'pod' : 'pods'} moved in ${Math.max(1, Math.round(tookMs / 1_000))} s`;
}
