import pLimit from 'p-limit';
import { StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import type { MarkNextNodes, UnmarkNextNodes } from '../domain/step.ts';
import { type NodeObject, nextTaint } from '../ports/kubernetes.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';

type MarkDeps = Pick<StepDependencies, 'kubernetesOf'>;

const parallel = 8;
const isMarked = ({ taints }: NodeObject): boolean => taints.some(({ key }) => key === nextTaint);

/**
 * Taints the nodes whose turn comes later. It saves pods a second move and nothing depends on it, so what the API server
 * refuses is told and passed over.
 */
export function markNextNodes(deps: MarkDeps): StepHandler<MarkNextNodes> {
  const toMark = (node: NodeObject): boolean => !node.unschedulable && !isMarked(node);
  return {
    observe: async (step, context) =>
      (await nodesOf(deps, step, context)).some(toMark) ? { status: 'to-do' } : { status: 'done', facts: {} },
    async act(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const nodes = (await nodesOf(deps, step, context)).filter(toMark);
      await onEach(nodes, context, 'Pods may move more than once', async ({ name }) => {
        await kubernetes.markNext(name, context.run);
      });
    },
    async verify(step, context) {
      const marked = (await nodesOf(deps, step, context)).filter(isMarked).length;
      return { marked: `${marked} of ${step.input.nodes.length}` };
    },
  };
}

/** Takes the run's own marks away, of nodes that were not reached as well; those of other runs stay. */
export function unmarkNextNodes(deps: MarkDeps): StepHandler<UnmarkNextNodes> {
  const ours = (context: AttemptContext) => (node: NodeObject) =>
    node.taints.some(({ key, value }) => key === nextTaint && value === context.run);
  return {
    observe: async (step, context) =>
      (await nodesOf(deps, step, context)).some(ours(context))
        ? { status: 'to-do' }
        : { status: 'done', facts: {} },
    async act(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const nodes = (await nodesOf(deps, step, context)).filter(ours(context));
      await onEach(nodes, context, `Taint ${nextTaint} stays`, async ({ name }) => {
        await kubernetes.unmarkNext(name, context.run);
      });
    },
    verify: () => Promise.resolve({}),
  };
}

/** Those of the step's nodes that the cluster (still) has. */
async function nodesOf(
  { kubernetesOf }: MarkDeps,
  { input }: MarkNextNodes | UnmarkNextNodes,
  { cluster }: AttemptContext,
): Promise<NodeObject[]> {
  const wanted = new Set<NodeName>(input.nodes);
  return (await kubernetesOf(cluster).listNodes()).filter(({ name }) => wanted.has(name));
}

/** An API server that does not answer fails the step, which is then tried again; one that refuses is told once. */
async function onEach(
  nodes: readonly NodeObject[],
  context: Pick<AttemptContext, 'note'>,
  consequence: string,
  work: (node: NodeObject) => Promise<void>,
): Promise<void> {
  const limit = pLimit(parallel);
  const refused: string[] = [];
  await Promise.all(
    nodes.map((node) =>
      limit(async () => {
        try {
          await work(node);
        } catch (error) {
          if (!(error instanceof StepFailure) || error.code !== 'kubernetes.refused') throw error;
          refused.push(`${node.name}: ${error.message}`);
        }
      }),
    ),
  );
  const [first] = refused;
  if (first !== undefined)
    context.note(`${consequence} (${refused.length} of ${nodes.length} nodes; ${first})`);
}
