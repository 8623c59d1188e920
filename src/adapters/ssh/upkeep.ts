import { StepFailure } from '../../domain/failure.ts';
import type { RunId } from '../../domain/names.ts';
import type { Act, CommandOutcome } from '../../ports/remote-host.ts';
import { forget, stop } from './act-scripts.ts';
import { collect, guardFor, type Machine, nameAndUser, read } from './machine.ts';
import { listRights, refusedBySudo, sudoRefused } from './sudo.ts';

/** What sudo says that the user may do, a line each, as `sudo -l` prints it. */
export interface Rights {
  readonly lines: readonly string[];
}

const checkTimeoutSeconds = 20;

/** RemoteHosts.checkSudo: the list, and then the proof, since a list says nothing of tty or PAM rules. */
export async function checkSudo(machine: Machine): Promise<Rights> {
  const { end, stdout, stderr } = await collect(machine, listRights, {
    guardSeconds: guardFor(checkTimeoutSeconds),
  });
  if (end.kind === 'exited' && refusedBySudo(end.code, stderr)) {
    throw sudoRefused(nameAndUser(machine), stderr);
  }
  await read(machine, ['true'], { timeoutSeconds: checkTimeoutSeconds });
  return { lines: stdout.split('\n').filter((line) => line.trim() !== '') };
}

/** Longer than systemd waits between its two signals. */
const stopTimeoutSeconds = 120;

/** RemoteHosts.stopAct. */
export async function stopAct(
  machine: Machine,
  directory: string,
  which: Pick<Act, 'base' | 'attempt'>,
  how: { signal: 'stop' | 'kill'; by: string },
): Promise<boolean> {
  const outcome = await read(
    machine,
    ['sh', '-c', stop, 'k8s-upgrade-bot', directory, which.base, String(which.attempt), how.signal, how.by],
    { timeoutSeconds: stopTimeoutSeconds },
  );
  if (outcome.status === 'exited' && outcome.code === 0) return outcome.stdout.trim() !== 'act:not-running';
  throw failed(machine, 'the act could not be stopped', outcome);
}

/** RemoteHosts.forgetRun. */
export async function forgetRun(machine: Machine, directory: string, run: RunId): Promise<string[]> {
  const outcome = await read(machine, ['sh', '-c', forget, 'k8s-upgrade-bot', directory, run]);
  if (outcome.status !== 'exited' || outcome.code !== 0) {
    throw failed(machine, `what run ${run} left could not be removed`, outcome);
  }
  return outcome.stdout.split('\n').filter((line) => line !== '');
}

function failed(machine: Machine, what: string, outcome: CommandOutcome): StepFailure {
  return new StepFailure('command.failed', `${machine.node}: ${what}`, {
    lastWords: outcome.stderr.split('\n').slice(-5),
  });
}
