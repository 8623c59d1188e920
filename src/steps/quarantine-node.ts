import { StepFailure } from '../domain/failure.ts';
import type { ClusterName } from '../domain/names.ts';
import type { QuarantineNode } from '../domain/step.ts';
import { type Kubernetes, type NodeObject, quarantineLabel } from '../ports/kubernetes.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import { nodeCalled } from './uncordon-node.ts';

/**
 * Sets a worker that failed aside: cordoned, so that nothing new comes to it, and labelled with the run, so that people
 * and their tools find it. Both may be there already; each is asked for again until it is.
 */
export function quarantineNode(deps: {
  readonly kubernetesOf: (cluster: ClusterName) => Pick<Kubernetes, 'getNode' | 'cordon' | 'labelNode'>;
}): StepHandler<QuarantineNode> {
  const isSetAside = (node: NodeObject, { run }: AttemptContext) =>
    node.unschedulable && node.labels[quarantineLabel] === run;

  return {
    async observe({ input }, context) {
      const node = await nodeCalled(deps.kubernetesOf(context.cluster), input.node);
      return isSetAside(node, context) ? { status: 'done', facts: {} } : { status: 'to-do' };
    },
    async act({ input }, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      await kubernetes.cordon(input.node, context.run);
      await kubernetes.labelNode(input.node, { [quarantineLabel]: context.run });
    },
    async verify({ input }, context) {
      const node = await nodeCalled(deps.kubernetesOf(context.cluster), input.node);
      if (isSetAside(node, context)) return {};
      throw new StepFailure('kubernetes.refused', `${input.node} is not cordoned and labelled.`, {
        facts: { node: input.node },
        retry: 'transient',
      });
    },
  };
}
