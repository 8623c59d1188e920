import { StepFailure } from '../domain/failure.ts';
import type { BackUpEtcd, BackUpExternalEtcd } from '../domain/step.ts';
import { perform } from '../node/act.ts';
import { configuredSnapshotCommand, saveSnapshotCommand } from '../node/etcd.ts';
import { lastWords } from '../node/last-words.ts';
import type { StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import { type EtcdBackupDependencies, etcdBackup } from './etcd-backup.ts';

/** Takes the snapshot of a stacked etcd on one member, inside its own container. */
export function backUpEtcd(deps: EtcdBackupDependencies): StepHandler<BackUpEtcd> {
  return etcdBackup<BackUpEtcd>(deps, async (host, step, context, remote) => {
    await perform(host, actCall(context, step, context.policy.timeouts.backupSeconds), {
      argv: saveSnapshotCommand(`k8s-upgrade-bot-${context.run}.db`, remote),
      purpose: 'saving a snapshot of etcd',
      classify: (output, code) => snapshotFailure(host.node, output, code),
    });
  });
}

/** Takes the snapshot of an etcd that runs elsewhere, by the configured command. Nothing else is done to that etcd. */
export function backUpExternalEtcd(deps: EtcdBackupDependencies): StepHandler<BackUpExternalEtcd> {
  return etcdBackup<BackUpExternalEtcd>(deps, async (host, step, context, remote) => {
    await perform(host, actCall(context, step, context.policy.timeouts.backupSeconds), {
      argv: configuredSnapshotCommand(step.input.command, remote),
      purpose: 'the configured backup of etcd',
      classify: (output, code) => savingFailure(host.node, output, code),
    });
  });
}

function snapshotFailure(node: string, output: string, code: number): StepFailure {
  if (code !== 69) return savingFailure(node, output, code);
  return new StepFailure('etcd.unhealthy', `No etcd container runs on ${node}.`, {
    facts: { node, exit: String(code) },
    lastWords: lastWords(output),
    retry: 'transient',
  });
}

function savingFailure(node: string, output: string, code: number): StepFailure {
  const details = { facts: { node, exit: String(code) }, lastWords: lastWords(output) };
  return /no space left on device/i.test(output)
    ? new StepFailure('node.disk-full', `${node}: there is no space left for a snapshot of etcd.`, details)
    : new StepFailure(
        'backup.failed',
        `${node}: etcd's snapshot could not be saved (exit status ${code}).`,
        details,
      );
}
