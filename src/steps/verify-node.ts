import { StepFailure } from '../domain/failure.ts';
import type { VerifyNode } from '../domain/step.ts';
import { controlPlaneComponents, imageTag } from '../node/manifests.ts';
import type { Kubernetes } from '../ports/kubernetes.ts';
import type { StepFacts, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';
import { notReady } from './not-ready.ts';
import { type Look, met, notYet, waitUntil } from './wait-until.ts';

/** The node is Ready at its version, and so are a control plane's static pods; nothing is done about it but to wait. */
export function verifyNode(deps: Pick<StepDependencies, 'kubernetesOf' | 'clock'>): StepHandler<VerifyNode> {
  return {
    async observe(step, context) {
      const looked = await look(deps.kubernetesOf(context.cluster), step);
      return looked.status === 'met' ? { status: 'done', facts: looked.value } : { status: 'to-do' };
    },
    act: () => Promise.resolve(),
    async verify(step, context) {
      const { node, version, role } = step.input;
      const { nodeReadySeconds, controlPlaneReadySeconds } = context.policy.timeouts;
      const seconds = role === 'worker' ? nodeReadySeconds : controlPlaneReadySeconds;
      const waited = await waitUntil(() => look(deps.kubernetesOf(context.cluster), step), {
        clock: deps.clock,
        signal: context.signal,
        timeoutMs: seconds * 1_000,
      });
      if (waited.status === 'met') return waited.value;
      throw new StepFailure(
        waited.code ?? 'node.not-ready',
        `${node} is not well at ${version} after ${seconds} s: ${waited.why}.`,
        { facts: { node, version } },
      );
    },
  };
}

async function look(
  kubernetes: Pick<Kubernetes, 'getNode' | 'listPods'>,
  step: VerifyNode,
): Promise<Look<StepFacts>> {
  const { node: name, version, role, only } = step.input;
  const node = await kubernetes.getNode(name);
  if (!node) return notYet('the cluster has no such node', 'configuration.node-unknown');
  if (!node.ready) return notYet(`it is ${notReady(node)}`, 'node.not-ready');
  if (node.kubeletVersion !== version) {
    return notYet(`its kubelet is ${node.kubeletVersion}`, 'node.kubelet-not-ready');
  }
  if (role === 'worker' || only === 'kubelet') return met({ kubelet: version });
  const pods = await kubernetes.listPods({ node: name, namespace: 'kube-system' });
  for (const component of controlPlaneComponents) {
    const pod = pods.find(({ name: podName }) => podName === `${component}-${name}`);
    if (!pod?.ready) return notYet(`${component} is not ready`, 'control-plane.not-ready');
    const image = pod.images[component] ?? '';
    if (imageTag(image) !== version)
      return notYet(`${component} is ${image}`, 'control-plane.version-mismatch');
  }
  return met({ kubelet: version, 'control plane': version });
}
