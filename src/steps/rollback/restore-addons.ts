import type { RestoreAddons } from '../../domain/step.ts';
import type { Kubernetes, Restorable, RestorableContent } from '../../ports/kubernetes.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../../ports/step-handler.ts';
import { coreDnsObject, kubeProxyObject, lookAtRollouts, readAddons, SavedAddons } from '../addons.ts';
import { untilRolledOut } from '../addons-wait.ts';
import type { StepDependencies } from '../dependencies.ts';
import { type Look, notYet } from '../wait-until.ts';
import { configMapReturn, savedConfigMaps } from './config-maps.ts';
import { putBack, type Return } from './put-back.ts';
import { savedJson } from './saved-file.ts';
import { workloadReturn } from './workload-return.ts';

type Deps = Pick<StepDependencies, 'kubernetesOf' | 'backups' | 'clock'>;

/** One object to put back, and how it is compared with its backup. */
interface Part {
  readonly of: Restorable;
  readonly decide: (present: RestorableContent) => Return;
}

/**
 * Puts kube-proxy and CoreDNS back, settings first, and follows them until they are rolled out: no worse than before the
 * upgrade. What somebody has edited since is kept, but for the images.
 */
export function restoreAddons(deps: Deps): StepHandler<RestoreAddons> {
  /** What is left to put back. */
  const left = async (kubernetes: Kubernetes, parts: readonly Part[]): Promise<Part[]> => {
    const open = parts.map(async (part) => {
      const present = await kubernetes.getRestorable(part.of);
      return present && isOpen(part.decide(present)) ? part : undefined;
    });
    return (await Promise.all(open)).filter((part) => part !== undefined);
  };

  const look = async (step: RestoreAddons, context: AttemptContext): Promise<Look<StepFacts>> => {
    const kubernetes = deps.kubernetesOf(context.cluster);
    const saved = await savedJson(deps.backups, step.input.backup, SavedAddons);
    const [first] = await left(kubernetes, await partsOf(deps, step, saved));
    if (first) return notYet(`${first.of.kind} ${first.of.name} is not as saved`);
    return lookAtRollouts(await readAddons(kubernetes), saved);
  };

  return {
    async observe(step, context) {
      const looked = await look(step, context);
      return looked.status === 'met' ? { status: 'done', facts: looked.value } : { status: 'to-do' };
    },

    async act(step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const saved = await savedJson(deps.backups, step.input.backup, SavedAddons);
      for (const { of, decide } of await partsOf(deps, step, saved)) {
        const returned = await putBack(kubernetes, of, decide);
        if (returned?.status === 'edited')
          context.note(`${of.kind} ${of.name} was edited since the upgrade by ${returned.by}: kept as it is`);
      }
    },

    async verify(step, context) {
      return untilRolledOut(() => look(step, context), {
        kubernetes: deps.kubernetesOf(context.cluster),
        clock: deps.clock,
        context,
        version: step.input.version,
        failing: 'The add-ons are not back',
      });
    },
  };
}

/** ConfigMaps before the workloads that read them. An add-on that the backup does not know is somebody's own. */
async function partsOf(deps: Deps, step: RestoreAddons, saved: SavedAddons): Promise<Part[]> {
  const maps = await savedConfigMaps(deps.backups, step.input.configMaps);
  const addons = [
    { of: kubeProxyObject, was: saved.kubeProxy },
    { of: coreDnsObject, was: saved.coreDns },
  ];
  return addons.flatMap(({ of, was }): Part[] => {
    if (!was) return [];
    const { namespace, name } = of;
    const data = maps.get(name);
    return [
      ...(data === undefined
        ? []
        : [
            {
              of: { kind: 'ConfigMap', namespace, name } as const,
              decide: (present: RestorableContent) => configMapReturn(name, present, data),
            },
          ]),
      { of, decide: (present) => workloadReturn(present, was) },
    ];
  });
}

const isOpen = (returned: Return): boolean => returned.status !== 'as-saved' && returned.next !== undefined;
