import { StepFailure } from '../domain/failure.ts';
import type { BackUpConfigMaps } from '../domain/step.ts';
import type { ConfigMapObject, Kubernetes } from '../ports/kubernetes.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import { addonsBeforeName, readAddonsToSave } from './addons.ts';
import { nameBefore, recordAndSeal, sealedBackup } from './backup-file.ts';
import type { StepDependencies } from './dependencies.ts';

/** What `kubeadm upgrade apply` rewrites. A cluster may do without the last two, by add-ons of its own. */
const wanted = [
  { name: 'kubeadm-config', required: true },
  { name: 'kubelet-config', required: true },
  { name: 'kube-proxy', required: false },
  { name: 'coredns', required: false },
] as const;

const fileName = 'config-maps.json';
const namespace = 'kube-system';

/**
 * Saves the ConfigMaps as a List that `kubectl apply` takes, and beside it what the add-ons are and how they are doing before
 * the upgrade.
 */
export function backUpConfigMaps(
  deps: Pick<StepDependencies, 'kubernetesOf' | 'backups'>,
): StepHandler<BackUpConfigMaps> {
  const { backups } = deps;

  const save = async (context: AttemptContext, name: string, content: unknown): Promise<void> => {
    const text = `${JSON.stringify(content, undefined, 2)}\n`;
    const file = await backups.writeText(context.cluster, context.run, name, text);
    await recordAndSeal(backups, context, name, 'config-maps', file);
  };

  return {
    async observe(step, context) {
      const facts = await sealedFacts(deps, context, step);
      return facts ? { status: 'done', facts } : { status: 'to-do' };
    },
    async act({ input }, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      const addonsName = nameBefore(input.before, addonsBeforeName);
      const mapsName = nameBefore(input.before, fileName);
      // Each of the two is written once only: the second try after a crash must not replace what the first has sealed.
      if (!(await sealedBackup(backups, context, addonsName))) {
        await save(context, addonsName, await readAddonsToSave(kubernetes));
      }
      if (!(await sealedBackup(backups, context, mapsName))) {
        await save(context, mapsName, listOf(await readConfigMaps(kubernetes)));
      }
    },
    async verify(step, context) {
      const facts = await sealedFacts(deps, context, step);
      if (facts) return facts;
      throw new StepFailure(
        'backup.corrupt',
        `The saved ConfigMaps of ${context.cluster} are not what was written.`,
      );
    },
  };
}

async function sealedFacts(
  deps: Pick<StepDependencies, 'backups'>,
  context: AttemptContext,
  { input: { before } }: BackUpConfigMaps,
): Promise<StepFacts | undefined> {
  const maps = await sealedBackup(deps.backups, context, nameBefore(before, fileName));
  const addons = await sealedBackup(deps.backups, context, nameBefore(before, addonsBeforeName));
  return maps && addons ? { path: maps.path, sha256: maps.sha256 } : undefined;
}

async function readConfigMaps(kubernetes: Pick<Kubernetes, 'getConfigMap'>): Promise<ConfigMapObject[]> {
  const found = await Promise.all(
    wanted.map(async ({ name, required }) => {
      const map = await kubernetes.getConfigMap(namespace, name);
      if (map || !required) return map;
      throw new StepFailure(
        'backup.failed',
        `There is no ConfigMap ${namespace}/${name}: is this a kubeadm cluster?`,
        {
          facts: { configMap: `${namespace}/${name}` },
          retry: 'halt',
        },
      );
    }),
  );
  return found.filter((map) => map !== undefined);
}

function listOf(maps: readonly ConfigMapObject[]) {
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: maps.map(({ name, data }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data,
    })),
  };
}
