import { StepFailure } from '../domain/failure.ts';
import type { NodeName, RunId } from '../domain/names.ts';
import type { UncordonNode } from '../domain/step.ts';
import { cordonAnnotation, type Kubernetes, type NodeObject, quarantineLabel } from '../ports/kubernetes.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';

/**
 * Takes back the run's own cordon, and those of runs that it has taken over. A cordon of somebody else, or of any other
 * run, is theirs and stays.
 */
export function uncordonNode(deps: Pick<StepDependencies, 'kubernetesOf'>): StepHandler<UncordonNode> {
  return {
    async observe(step, context) {
      const node = await nodeCalled(deps.kubernetesOf(context.cluster), step.input.node);
      return markOf(node, step, context) ? { status: 'to-do' } : { status: 'done', facts: factsOf(node) };
    },
    async act(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const node = await nodeCalled(kubernetes, step.input.node);
      const mark = markOf(node, step, context);
      if (mark === undefined) return;
      // It was in quarantine, and is no longer.
      if (node.labels[quarantineLabel] === mark)
        await kubernetes.labelNode(node.name, { [quarantineLabel]: null });
      await kubernetes.uncordon(node.name, mark);
    },
    async verify(step, context) {
      const node = await nodeCalled(deps.kubernetesOf(context.cluster), step.input.node);
      if (!markOf(node, step, context)) return factsOf(node);
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

/**
 * The run whose mark the node bears, if it is one whose cordon is taken back. Also of a mark without a cordon: somebody
 * uncordoned by hand, and the mark that is left would mislead a later run.
 */
function markOf(
  node: NodeObject,
  { input: { also = [] } }: UncordonNode,
  { run }: Pick<AttemptContext, 'run'>,
): RunId | undefined {
  const marks = [node.annotations[cordonAnnotation], node.labels[quarantineLabel]];
  return [run, ...also].find((ours) => marks.includes(ours));
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
