import { StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import type { VerifyCluster } from '../domain/step.ts';
import { controlPlaneComponents } from '../node/manifests.ts';
import { cordonAnnotation } from '../ports/kubernetes.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';
import { notReady } from './not-ready.ts';
import { type Look, met, notYet, waitUntil } from './wait-until.ts';

const staticPods = ['etcd', ...controlPlaneComponents];

/**
 * Every API server and every node that was not left out is at the version, Ready, and not cordoned by this run; the control
 * planes' static pods are ready. After a rollback of a part only what the step expects is looked at.
 */
export function verifyCluster(
  deps: Pick<StepDependencies, 'kubernetesOf' | 'clock'>,
): StepHandler<VerifyCluster> {
  return {
    async observe(step, context) {
      const looked = await look(deps, step, context);
      return looked.status === 'met' ? { status: 'done', facts: looked.value } : { status: 'to-do' };
    },
    act: () => Promise.resolve(),
    async verify(step, context) {
      const { version } = step.input;
      const waited = await waitUntil(() => look(deps, step, context), {
        clock: deps.clock,
        signal: context.signal,
        timeoutMs: context.policy.timeouts.nodeReadySeconds * 1_000,
      });
      if (waited.status === 'met') return waited.value;
      throw new StepFailure(
        'cluster.not-at-version',
        `${context.cluster} is not wholly at ${version}: ${waited.why}.`,
        {
          facts: { version },
        },
      );
    },
  };
}

async function look(
  deps: Pick<StepDependencies, 'kubernetesOf'>,
  step: VerifyCluster,
  context: AttemptContext,
): Promise<Look<StepFacts>> {
  const { version, expect } = step.input;
  const kubernetes = deps.kubernetesOf(context.cluster);
  const [servers, all, pods] = await Promise.all([
    kubernetes.serverVersions(),
    kubernetes.listNodes(),
    kubernetes.listPods({ namespace: 'kube-system' }),
  ]);
  const apiServers = expect?.apiServers ?? [version];
  const kubelets = expect && new Map(expect.kubelets.map(({ node, version: at }) => [node, at]));
  const wantedOf = (node: NodeName) => (kubelets ? kubelets.get(node) : version);
  const nodes = all.filter(({ name }) => !context.skippedNodes.has(name) && wantedOf(name) !== undefined);
  const problems = [
    ...Object.entries(servers)
      .filter(([, running]) => !apiServers.includes(running))
      .map(([endpoint, running]) => `the API server at ${endpoint} is ${running}`),
    ...nodes
      .filter((node) => node.kubeletVersion !== wantedOf(node.name))
      .map((node) => `${node.name} is ${node.kubeletVersion}`),
    ...nodes.filter(({ ready }) => !ready).map((node) => `${node.name} is ${notReady(node)}`),
    // An API server that does not answer tells no version; a node is Ready without any of these.
    ...pods
      .filter((pod) => pod.isMirror && !pod.ready && nodes.some(({ name }) => name === pod.node))
      .filter(({ name, node }) => staticPods.some((component) => name === `${component}-${node}`))
      .map(({ name }) => `${name} is not ready`)
      .toSorted(),
    ...nodes
      .filter(
        ({ unschedulable, annotations }) => unschedulable && annotations[cordonAnnotation] === context.run,
      )
      .map(({ name }) => `${name} is still cordoned by this run`),
  ];
  if (problems.length > 0) return notYet(listed(problems));
  const others = all.length - nodes.length - context.skippedNodes.size;
  return met({
    nodes: expect
      ? `${nodes.length} as expected${others > 0 ? `, ${others} not part of it` : ''}`
      : `${nodes.length} of ${all.length} at ${version}`,
    ...(context.skippedNodes.size > 0 ? { 'left out': [...context.skippedNodes].join(', ') } : {}),
  });
}

/** A few, then how many more: a sentence that can still be read. */
function listed(problems: readonly string[]): string {
  const shown = problems.slice(0, 5).join('; ');
  return problems.length > 5 ? `${shown}; and ${problems.length - 5} more` : shown;
}
