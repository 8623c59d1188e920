import { StepFailure } from '../domain/failure.ts';
import type { BackUpConfigMaps } from '../domain/step.ts';
import type { ConfigMapObject, Kubernetes } from '../ports/kubernetes.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import { addonsBeforeName, readAddons } from './addons.ts';
import { recordAndSeal, sealedBackup } from './backup-file.ts';
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

/** Saves the ConfigMaps as a List that `kubectl apply` takes, and beside it how the add-ons are doing before the upgrade. */
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
    async observe(_step, context) {
      const facts = await sealedFacts(deps, context);
      return facts ? { status: 'done', facts } : { status: 'to-do' };
    },
    async act(_step, context) {
      const kubernetes = deps.kubernetesOf(context.cluster);
      // Each of the two is written once only: the second try after a crash must not replace what the first has sealed.
      if (!(await sealedBackup(backups, context, addonsBeforeName))) {
        await save(context, addonsBeforeName, await readAddons(kubernetes));
      }
      if (!(await sealedBackup(backups, context, fileName))) {
        await save(context, fileName, listOf(await readConfigMaps(kubernetes)));
      }
    },
    async verify(_step, context) {
      const facts = await sealedFacts(deps, context);
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
): Promise<StepFacts | undefined> {
  const maps = await sealedBackup(deps.backups, context, fileName);
  const addons = await sealedBackup(deps.backups, context, addonsBeforeName);
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
