import type { VerifyAddons } from '../domain/step.ts';
import { imageTag } from '../node/manifests.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import { Addons, addonsBeforeName, lookAtRollouts, readAddons } from './addons.ts';
import { untilRolledOut } from './addons-wait.ts';
import { sealedBackup } from './backup-file.ts';
import type { StepDependencies } from './dependencies.ts';
import { type Look, notYet } from './wait-until.ts';

/**
 * kube-proxy is at the version, and it and CoreDNS are rolled out: no worse than before the upgrade, as the run's backup
 * tells. CoreDNS has versions of its own, and kubeadm leaves one alone that it does not know. Clusters without either
 * have add-ons of their own.
 */
export function verifyAddons(
  deps: Pick<StepDependencies, 'kubernetesOf' | 'backups' | 'clock'>,
): StepHandler<VerifyAddons> {
  const look = async (
    step: VerifyAddons,
    context: AttemptContext,
    before: Addons,
  ): Promise<Look<StepFacts>> => {
    const now = await readAddons(deps.kubernetesOf(context.cluster));
    if (now.kubeProxy && imageTag(now.kubeProxy.image) !== step.input.version) {
      return notYet(`kube-proxy is ${now.kubeProxy.image}`);
    }
    return lookAtRollouts(now, before);
  };

  return {
    async observe(step, context) {
      const looked = await look(step, context, await addonsBefore(deps, context));
      return looked.status === 'met' ? { status: 'done', facts: looked.value } : { status: 'to-do' };
    },
    act: () => Promise.resolve(),
    async verify(step, context) {
      const before = await addonsBefore(deps, context);
      return untilRolledOut(() => look(step, context, before), {
        kubernetes: deps.kubernetesOf(context.cluster),
        clock: deps.clock,
        context,
        version: step.input.version,
        failing: 'The add-ons are not rolled out',
      });
    },
  };
}

/** How the add-ons were doing when the run began; nothing known where that backup is missing or was changed. */
async function addonsBefore(
  { backups }: Pick<StepDependencies, 'backups'>,
  context: AttemptContext,
): Promise<Addons> {
  const sealed = await sealedBackup(backups, context, addonsBeforeName);
  const text = sealed && (await backups.readText(sealed.path));
  return text === undefined ? {} : Addons.parse(JSON.parse(text));
}
