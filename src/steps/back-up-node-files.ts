import { StepFailure } from '../domain/failure.ts';
import type { BackUpNodeFiles } from '../domain/step.ts';
import { perform } from '../node/act.ts';
import { archiveCommand, outboxOf, removeFile } from '../node/files.ts';
import { lastWords } from '../node/last-words.ts';
import { readPackageState } from '../node/packages/package-state.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import {
  fetchBackup,
  nameBefore,
  readableSize,
  recordAndSeal,
  sealedBackup,
  type TakenFile,
} from './backup-file.ts';
import type { StepDependencies } from './dependencies.ts';

const nameFor = ({ input: { node, before } }: BackUpNodeFiles) => nameBefore(before, `nodes/${node}.tar.gz`);

/** Packs what kubeadm, the kubelet and the package sources of a node are made of, and fetches it. */
export function backUpNodeFiles(
  deps: Pick<StepDependencies, 'remoteHostOf' | 'backups'>,
): StepHandler<BackUpNodeFiles> {
  const { backups } = deps;

  return {
    async observe(step, context) {
      const sealed = await sealedBackup(backups, context, nameFor(step));
      return sealed ? { status: 'done', facts: factsOf(sealed) } : { status: 'to-do' };
    },
    async act(step, context) {
      const { node } = step.input;
      const host = deps.remoteHostOf(context.cluster, node);
      const remote = `${outboxOf(context.run)}/${node}.tar.gz`;
      const path = await backups.pathFor(context.cluster, context.run, nameFor(step));
      await pack(host, step, context, remote);
      const file = await fetchBackup(host, remote, path, context.signal);
      await recordAndSeal(backups, context, nameFor(step), 'node-files', file);
      // Last, because only the seal makes the node's copy needless; what a crash leaves goes with the run's leftovers.
      await removeFile(host, remote);
    },
    async verify(step, context) {
      const sealed = await sealedBackup(backups, context, nameFor(step));
      if (sealed) return factsOf(sealed);
      throw new StepFailure('backup.corrupt', `The files of ${step.input.node} are not what was written.`, {
        facts: { node: step.input.node },
      });
    },
  };
}

async function pack(
  host: ReturnType<StepDependencies['remoteHostOf']>,
  step: BackUpNodeFiles,
  context: AttemptContext,
  remote: string,
): Promise<void> {
  const { sources } = await readPackageState(host);
  await perform(host, actCall(context, step, context.policy.timeouts.backupSeconds), {
    argv: archiveCommand(
      remote,
      sources.map(({ path }) => path),
    ),
    purpose: "packing the node's files",
    classify: (output, code) =>
      new StepFailure(
        /no space left on device/i.test(output) ? 'node.disk-full' : 'backup.failed',
        `${host.node}: its files could not be packed (exit status ${code}).`,
        { facts: { node: host.node, exit: String(code) }, lastWords: lastWords(output) },
      ),
  });
}

function factsOf(file: TakenFile): StepFacts {
  return { path: file.path, size: readableSize(file.bytes), sha256: file.sha256 };
}
