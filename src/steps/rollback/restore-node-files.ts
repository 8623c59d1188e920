import { createHash } from 'node:crypto';
import { StepFailure } from '../../domain/failure.ts';
import type { RestoreNodeFiles } from '../../domain/step.ts';
import { criSocketAnnotation } from '../../node/cri-socket.ts';
import {
  instanceConfig,
  kubeletConfig,
  kubeletDropIns,
  kubeletFiles,
  readFileSums,
  removeFiles,
  unfitStates,
} from '../../node/kubelet-files.ts';
import type { ArchivedFile } from '../../node/node-archive.ts';
import type { RemoteHost } from '../../ports/remote-host.ts';
import type { AttemptContext, StepHandler } from '../../ports/step-handler.ts';
import { annotateCriSocket } from '../cri-socket-annotation.ts';
import type { StepDependencies } from '../dependencies.ts';
import { nodeCalled } from '../uncordon-node.ts';
import { savedNodeFiles, unusable } from './saved-file.ts';

type Deps = Pick<StepDependencies, 'kubernetesOf' | 'remoteHostOf' | 'backups'>;

/** What is to be done on the node until its kubelet's files are those of the backup. */
interface Difference {
  readonly write: readonly ArchivedFile[];
  readonly remove: readonly string[];
  /** The Node lacks the annotation by which an older kubeadm finds the container runtime. */
  readonly annotate: boolean;
}

/**
 * Puts the kubelet's files back, and the CRI socket's annotation with them. Only what the backup has is written; of what
 * it does not have only instance-config.yaml is removed, which the newer kubeadm made: the rest is other people's.
 */
export function restoreNodeFiles(deps: Deps): StepHandler<RestoreNodeFiles> {
  const compare = async (step: RestoreNodeFiles, context: AttemptContext) => {
    const host = deps.remoteHostOf(context.cluster, step.input.node);
    const saved = await wantedFiles(deps, step);
    const sums = await readFileSums(host, [instanceConfig, ...saved.keys()]);
    const node = await nodeCalled(deps.kubernetesOf(context.cluster), step.input.node);
    const difference: Difference = {
      write: [...saved.values()].filter(({ path, text }) => sums.get(path) !== sumOf(text)),
      remove: sums.has(instanceConfig) && !saved.has(instanceConfig) ? [instanceConfig] : [],
      annotate: !saved.has(instanceConfig) && node.annotations[criSocketAnnotation] === undefined,
    };
    return { host, saved, node, difference };
  };

  return {
    async observe(step, context) {
      const { host, saved, node, difference } = await compare(step, context);
      const unfit = node.unschedulable ? await unfitStates(host, configIn(saved)) : [];
      return isNothing(difference) && unfit.length === 0
        ? { status: 'done', facts: { files: `${saved.size} as saved` } }
        : { status: 'to-do' };
    },

    async act(step, context) {
      const { host, saved, node, difference } = await compare(step, context);
      for (const { path, text, mode } of difference.write) await host.writeFile(path, text, mode);
      if (difference.remove.length > 0) await removeFiles(host, difference.remove);
      if (difference.annotate) await annotateCriSocket(deps.kubernetesOf(context.cluster), host, context);
      await removeUnfitStates(host, configIn(saved), node.unschedulable, context);
    },

    async verify(step, context) {
      const { saved, difference } = await compare(step, context);
      if (isNothing(difference)) return { files: `${saved.size} as saved` };
      const { node } = step.input;
      const left = [...difference.write.map(({ path }) => path), ...difference.remove];
      throw new StepFailure(
        'command.failed',
        `${node}: ${left.join(', ') || 'the annotation of the CRI socket'} did not stay as put back.`,
        { facts: { node } },
      );
    },
  };
}

/** The kubelet's files in the backup, by path. Throws `backup.corrupt` for a backup without the kubelet's configuration. */
async function wantedFiles(deps: Deps, step: RestoreNodeFiles): Promise<Map<string, ArchivedFile>> {
  const { backup } = step.input;
  const all = await savedNodeFiles(deps.backups, backup);
  const wanted = new Set<string>(kubeletFiles);
  const found = [...all].filter(([path]) => wanted.has(path) || path.startsWith(kubeletDropIns));
  if (!all.has(kubeletConfig)) throw unusable(backup, 'holds no configuration of the kubelet');
  return new Map(found);
}

/**
 * A kubelet does not start over what a resource manager of other settings has left. Forgetting it is safe on a node that
 * is drained, where no container has CPUs of its own.
 */
async function removeUnfitStates(
  host: RemoteHost,
  config: string,
  isCordoned: boolean,
  context: Pick<AttemptContext, 'note'>,
): Promise<void> {
  const unfit = await unfitStates(host, config);
  if (unfit.length === 0) return;
  if (!isCordoned) {
    context.note(
      `${host.node}: ${unfit.join(', ')} may keep the kubelet from starting, but stays: the node is not drained`,
    );
    return;
  }
  await removeFiles(host, unfit);
  context.note(`${host.node}: removed ${unfit.join(', ')}, which the kubelet would not start over`);
}

const configIn = (saved: ReadonlyMap<string, ArchivedFile>): string => saved.get(kubeletConfig)?.text ?? '';
const isNothing = ({ write, remove, annotate }: Difference): boolean =>
  write.length === 0 && remove.length === 0 && !annotate;
const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');
