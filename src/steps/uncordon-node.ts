import { StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import type { UncordonNode } from '../domain/step.ts';
import { cordonAnnotation, type Kubernetes, type NodeObject } from '../ports/kubernetes.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';

/** Takes back the run's own cordon. A cordon of somebody else, or of another run, is theirs and stays. */
export function uncordonNode(deps: Pick<StepDependencies, 'kubernetesOf'>): StepHandler<UncordonNode> {
  return {
    async observe(step, context) {
      const node = await nodeCalled(deps.kubernetesOf(context.cluster), step.input.node);
      return isOurs(node, context) ? { status: 'to-do' } : { status: 'done', facts: factsOf(node) };
    },
    async act(step, context) {
      await deps.kubernetesOf(context.cluster).uncordon(step.input.node, context.run);
    },
    async verify(step, context) {
      const node = await nodeCalled(deps.kubernetesOf(context.cluster), step.input.node);
      if (!isOurs(node, context)) return factsOf(node);
      throw new StepFailure('kubernetes.refused', `${node.name} is still cordoned by this run.`, {
        facts: { node: node.name },
        retry: 'transient',
      });
    },
  };
}

/** Throws `configuration.node-unknown` for a node that is not in the cluster any more. */
export async function nodeCalled(
  kubernetes: Pick<Kubernetes, 'getNode'>,
  name: NodeName,
): Promise<NodeObject> {
  const node = await kubernetes.getNode(name);
  if (node) return node;
  throw new StepFailure('configuration.node-unknown', `The cluster has no node ${name}.`, {
    facts: { node: name },
  });
}

/** Also a mark without a cordon: somebody uncordoned by hand, and the mark that is left would mislead a later run. */
function isOurs(node: NodeObject, context: Pick<AttemptContext, 'run'>): boolean {
  return node.annotations[cordonAnnotation] === context.run;
}

function factsOf(node: NodeObject): StepFacts {
  return node.unschedulable ? { cordon: cordonFact(node) } : {};
}

/** Whose cordon it is that stays, for people. */
export function cordonFact(node: NodeObject): string {
  const run = node.annotations[cordonAnnotation];
  return run === undefined
    ? 'left as it is: somebody else cordoned it'
    : `left as it is: run ${run} cordoned it`;
}
