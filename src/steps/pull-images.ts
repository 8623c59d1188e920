import { StepFailure } from '../domain/failure.ts';
import type { PullImages } from '../domain/step.ts';
import { perform } from '../node/act.ts';
import { missingImages, pullCommand } from '../node/crictl.ts';
import { listImages } from '../node/kubeadm.ts';
import { lastWords } from '../node/last-words.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import { imagesInUse } from './cluster-configuration.ts';
import type { StepDependencies } from './dependencies.ts';

/**
 * Pulls the images of the new version before anything is stopped. Only those that the node lacks: one that was given
 * them beforehand needs no registry.
 */
export function pullImages(
  deps: Pick<StepDependencies, 'kubernetesOf' | 'remoteHostOf'>,
): StepHandler<PullImages> {
  const look = async (step: PullImages, context: AttemptContext) => {
    const host = deps.remoteHostOf(context.cluster, step.input.node);
    const listed = await listImages(host, step.input.version, step.input.imageRepository);
    const config = await deps.kubernetesOf(context.cluster).getConfigMap('kube-system', 'kubeadm-config');
    const wanted = imagesInUse(listed, config?.data['ClusterConfiguration'] ?? '');
    return { host, wanted, missing: await missingImages(host, wanted) };
  };
  const factsOf = (wanted: readonly string[]) => ({ images: `${wanted.length} of ${wanted.length}` });

  return {
    async observe(step, context) {
      const { wanted, missing } = await look(step, context);
      return missing.length === 0 ? { status: 'done', facts: factsOf(wanted) } : { status: 'to-do' };
    },
    async act(step, context) {
      const { host, missing } = await look(step, context);
      if (missing.length === 0) return;
      await perform(host, actCall(context, step, context.policy.timeouts.imagePullSeconds), {
        argv: pullCommand(missing),
        purpose: 'pulling images',
        classify: (output) =>
          new StepFailure(
            /no space left on device/i.test(output) ? 'node.disk-full' : 'images.pull-failed',
            `${host.node}: ${lastPulled(output) ?? 'an image'} could not be pulled.`,
            { facts: { node: host.node, missing: missing.join(' ') }, lastWords: lastWords(output) },
          ),
      });
    },
    async verify(step, context) {
      const { host, wanted, missing } = await look(step, context);
      if (missing.length === 0) return factsOf(wanted);
      throw new StepFailure('images.pull-failed', `${host.node} still lacks ${missing.join(', ')}.`, {
        facts: { node: host.node, missing: missing.join(' ') },
      });
    },
  };
}

function lastPulled(output: string): string | undefined {
  return [...output.matchAll(/^Pulling (\S+)$/gm)].at(-1)?.[1];
}
