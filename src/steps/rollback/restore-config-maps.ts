import { StepFailure } from '../../domain/failure.ts';
import type { RestoreConfigMaps } from '../../domain/step.ts';
import type { AttemptContext, StepHandler } from '../../ports/step-handler.ts';
import type { StepDependencies } from '../dependencies.ts';
import { configMapReturn, returnFact, savedConfigMaps } from './config-maps.ts';
import { putBack, type Return } from './put-back.ts';
import { unusable } from './saved-file.ts';

const namespace = 'kube-system';

/** Puts kubeadm's ConfigMaps back. One that somebody has edited since the upgrade is kept, but for the version in it. */
export function restoreConfigMaps(
  deps: Pick<StepDependencies, 'kubernetesOf' | 'backups'>,
): StepHandler<RestoreConfigMaps> {
  const savedFor = async ({ input: { names, backup } }: RestoreConfigMaps) => {
    const maps = await savedConfigMaps(deps.backups, backup);
    return names.map((name) => {
      const data = maps.get(name);
      if (!data) throw unusable(backup, `holds no ConfigMap ${name}`);
      return { name, data, of: { kind: 'ConfigMap', namespace, name } as const };
    });
  };

  /** What is still to be done, by name; undefined for a ConfigMap that is gone. */
  const look = async (
    step: RestoreConfigMaps,
    context: AttemptContext,
  ): Promise<Map<string, Return | undefined>> => {
    const kubernetes = deps.kubernetesOf(context.cluster);
    const wanted = await savedFor(step);
    const looked = wanted.map(async ({ name, data, of }) => {
      const present = await kubernetes.getRestorable(of);
      return [name, present && configMapReturn(name, present, data)] as const;
    });
    return new Map(await Promise.all(looked));
  };

  return {
    async observe(step, context) {
      const looked = await look(step, context);
      return [...looked.values()].every(isThrough)
        ? { status: 'done', facts: factsOf(looked) }
        : { status: 'to-do' };
    },

    async act(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      for (const { name, data, of } of await savedFor(step)) {
        const returned = await putBack(kubernetes, of, (present) => configMapReturn(name, present, data));
        if (!returned) {
          throw new StepFailure(
            'kubernetes.refused',
            `There is no ConfigMap ${namespace}/${name} any more.`,
            {
              facts: { configMap: `${namespace}/${name}` },
            },
          );
        }
        if (returned.status === 'edited')
          context.note(`ConfigMap ${name} was edited since the upgrade by ${returned.by}: kept as it is`);
      }
    },

    async verify(step, context) {
      const looked = await look(step, context);
      const left = [...looked].find(([, returned]) => !isThrough(returned))?.[0];
      if (left === undefined) return factsOf(looked);
      throw new StepFailure(
        'kubernetes.refused',
        `ConfigMap ${namespace}/${left} did not stay as put back.`,
        {
          facts: { configMap: `${namespace}/${left}` },
          retry: 'transient',
        },
      );
    },
  };
}

const isThrough = (returned: Return | undefined): boolean =>
  returned !== undefined &&
  (returned.status === 'as-saved' || (returned.status === 'edited' && returned.next === undefined));

const factsOf = (looked: ReadonlyMap<string, Return | undefined>) =>
  Object.fromEntries([...looked].map(([name, returned]) => [name, returnFact(returned)]));
