import type { Invocation, Program } from '../../shell/program.ts';
import { type Arguments, readArguments } from '../arguments.ts';
import { option } from './configuration.ts';
import { lockDenied } from './dpkg.ts';
import { install } from './install.ts';
import { update } from './update.ts';

/** Waits for the lock as long as DPkg::Lock::Timeout says; false when somebody else keeps it. */
export async function acquireLock(run: Invocation, args: Arguments, path: string): Promise<boolean> {
  const { clock, faults } = run.model;
  const locked = () => faults.on('apt-lock', run.machine.name) !== undefined;
  const patience = Number(option(args, 'DPkg::Lock::Timeout') ?? 0);
  if (!locked()) return true;
  if (patience !== 0) {
    run.out(
      `Waiting for cache lock: Could not get lock ${path}. It is held by process 812 (unattended-upgr)...\n`,
    );
    if (await clock.until(() => !locked(), patience < 0 ? 3_600_000 : patience * 1_000, 1_000, run.signal))
      return true;
  }
  run.err(`E: Could not get lock ${path}. It is held by process 812 (unattended-upgr)\n`);
  run.err('N: Be aware that removing the lock file is not a solution and may break your system.\n');
  run.err(
    path.endsWith('lists/lock')
      ? 'E: Unable to lock directory /var/lib/apt/lists/\n'
      : `E: Unable to acquire the dpkg frontend lock (${path}), is another process using it?\n`,
  );
  return false;
}

/** apt-get update and install. */
export const aptGet: Program = async (run) => {
  const args = readArguments(run.args, ['o', 't', 'c']);
  const [action = '', ...names] = args.rest;
  if (action !== 'update' && action !== 'install') {
    if (action === 'clean' || action === 'check') return 0;
    run.err(`E: Invalid operation ${action}\n`);
    return 100;
  }
  const lock = action === 'update' ? '/var/lib/apt/lists/lock' : '/var/lib/dpkg/lock-frontend';
  if (run.user !== 'root') {
    run.err(
      lockDenied(action === 'update' ? 'lock directory /var/lib/apt/lists/' : 'dpkg frontend lock', lock),
    );
    return 100;
  }
  if (!(await acquireLock(run, args, lock))) return 100;
  return action === 'update' ? update(run, args) : install(run, args, names);
};
