import { StepFailure } from '../domain/failure.ts';
import type { BackUpEtcd, BackUpExternalEtcd } from '../domain/step.ts';
import { snapshotProblem } from '../node/etcd-snapshot.ts';
import { outboxOf, removeFile } from '../node/files.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import {
  fetchBackup,
  nameBefore,
  readableSize,
  recordAndSeal,
  sealedBackup,
  type TakenFile,
} from './backup-file.ts';
import type { StepDependencies } from './dependencies.ts';

const fileName = 'etcd.db';
const nameFor = ({ input }: BackUpEtcd | BackUpExternalEtcd) => nameBefore(input.before, fileName);

export type EtcdBackupDependencies = Pick<StepDependencies, 'remoteHostOf' | 'backups'> & {
  readonly checkSnapshot?: typeof snapshotProblem;
};

/**
 * Has a snapshot of etcd taken on a node and fetches it. What arrived is checked as a restore would check it.
 * @param save takes the snapshot and leaves it at the path `remote` on the node
 */
export function etcdBackup<S extends BackUpEtcd | BackUpExternalEtcd>(
  deps: EtcdBackupDependencies,
  save: (host: RemoteHost, step: S, context: AttemptContext, remote: string) => Promise<void>,
): StepHandler<S> {
  const { backups, checkSnapshot = snapshotProblem } = deps;

  /** The snapshot of this run, if it has arrived whole: a crash after that must not need the node's copy again. */
  const arrived = async (context: AttemptContext, name: string): Promise<TakenFile | undefined> => {
    const path = await backups.pathFor(context.cluster, context.run, name);
    const file = await backups.inspect(path);
    return file && (await checkSnapshot(path)) === undefined ? { path, ...file } : undefined;
  };

  const fetch = async (step: S, context: AttemptContext, remote: string): Promise<TakenFile> => {
    const host = deps.remoteHostOf(context.cluster, step.input.node);
    const path = await backups.pathFor(context.cluster, context.run, nameFor(step));
    await save(host, step, context, remote);
    const file = await fetchBackup(host, remote, path, context.signal);
    const problem = await checkSnapshot(path);
    if (problem === undefined) return file;
    throw new StepFailure('backup.failed', `The etcd snapshot of ${host.node} arrived, but ${problem}.`, {
      facts: { node: host.node, path, bytes: String(file.bytes) },
    });
  };

  return {
    async observe(step, context) {
      const sealed = await sealedBackup(backups, context, nameFor(step));
      return sealed ? { status: 'done', facts: factsOf(sealed) } : { status: 'to-do' };
    },
    async act(step, context) {
      const name = nameFor(step);
      const remote = `${outboxOf(context.run)}/${fileName}`;
      const file = (await arrived(context, name)) ?? (await fetch(step, context, remote));
      await removeFile(deps.remoteHostOf(context.cluster, step.input.node), remote);
      await recordAndSeal(backups, context, name, 'etcd-snapshot', file);
      // Old backups that stay cost disk, not safety: no reason to stop an upgrade.
      await backups
        .prune(context.cluster, context.run, step.input.keep)
        .catch(() => context.note('Old backups could not be removed; this one is complete.'));
    },
    async verify(step, context) {
      const sealed = await sealedBackup(backups, context, nameFor(step));
      if (sealed) return factsOf(sealed);
      throw new StepFailure(
        'backup.corrupt',
        `The etcd snapshot of ${step.input.node} is not what was written.`,
        {
          facts: { node: step.input.node },
        },
      );
    },
  };
}

function factsOf(file: TakenFile): StepFacts {
  return { path: file.path, size: readableSize(file.bytes), sha256: file.sha256 };
}
