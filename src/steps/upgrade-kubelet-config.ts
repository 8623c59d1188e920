import { StepFailure } from '../domain/failure.ts';
import type { UpgradeKubeletConfig } from '../domain/step.ts';
import { perform } from '../node/act.ts';
import { readKubeadmRecord, recordLine, upgradeCommand } from '../node/kubeadm.ts';
import { kubeadmFailure } from '../node/kubeadm-failure.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import { restoreCriSocket } from './cri-socket-annotation.ts';
import type { StepDependencies } from './dependencies.ts';

const purpose = 'kubeadm upgrade node';

/** `kubeadm upgrade node` on a worker. It may run again at any time: it writes the same files from kubelet-config. */
export function upgradeKubeletConfig(
  deps: Pick<StepDependencies, 'kubernetesOf' | 'remoteHostOf'>,
): StepHandler<UpgradeKubeletConfig> {
  const isDone = async (step: UpgradeKubeletConfig, context: AttemptContext): Promise<boolean> => {
    const record = await readKubeadmRecord(deps.remoteHostOf(context.cluster, step.input.node));
    return record === recordLine(context.run, step.input.version);
  };

  return {
    async observe(step, context) {
      return (await isDone(step, context)) ? { status: 'done', facts: {} } : { status: 'to-do' };
    },
    async act(step, context) {
      const { version, kubeadm } = step.input;
      const host = deps.remoteHostOf(context.cluster, step.input.node);
      await restoreCriSocket(deps.kubernetesOf(context.cluster), host, version, context);
      await perform(host, actCall(context, step, context.policy.timeouts.kubeadmSeconds), {
        argv: upgradeCommand('node', version, kubeadm, recordLine(context.run, version)),
        purpose,
        classify: (output, code) => kubeadmFailure(host.node, purpose, output, code),
      });
    },
    async verify(step, context) {
      if (await isDone(step, context)) return {};
      const { node } = step.input;
      throw new StepFailure(
        'kubeadm.upgrade-failed',
        `${purpose} on ${node} ended without having finished.`,
        {
          facts: { node },
        },
      );
    },
  };
}
