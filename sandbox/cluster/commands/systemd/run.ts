import { serviceName, type TransientUnit } from '../../model/units.ts';
import type { Program } from '../../shell/program.ts';
import { type Arguments, last, readArguments } from '../arguments.ts';

const valued = [
  'unit',
  'u',
  'p',
  'property',
  'description',
  'setenv',
  'E',
  'slice',
  'service-type',
  'working-directory',
  'uid',
  'gid',
  'nice',
  'on-active',
];

/** systemd-run: starts a transient service that belongs to systemd and not to whoever asked. */
export const systemdRun: Program = async (run) => {
  const args = readArguments(run.args, valued, true);
  if (args.rest.length === 0) {
    run.err('Command line to execute required.\n');
    return 1;
  }
  if (run.user !== 'root') {
    run.err('Failed to start transient service unit: Interactive authentication required.\n');
    return 1;
  }
  const name = serviceName(last(args, 'unit', 'u') ?? `run-r${run.model.random.hex(32)}`);
  if (!/^[\w:.\\@-]+$/.test(name) || name.length > 255) {
    run.err(`Failed to mangle unit name: Invalid argument\n`);
    return 1;
  }
  const properties = propertiesOf(args);
  const unit = run.machine.units.start({
    name,
    description: last(args, 'description') ?? args.rest.join(' '),
    argv: args.rest,
    properties,
    environment: environmentOf(args, properties),
    collect:
      args.options.has('collect') ||
      args.options.has('G') ||
      properties.get('CollectMode') === 'inactive-or-failed',
  });
  if (unit === undefined) {
    run.err(
      `Failed to start transient service unit: Unit ${name} was already loaded or has a fragment file.\n`,
    );
    return 1;
  }
  const quiet = args.options.has('quiet') || args.options.has('q');
  const attached = args.options.has('pipe') || args.options.has('P');
  if (!quiet && !attached) run.err(`Running as unit: ${name}\n`);
  const waits = args.options.has('wait') || attached;
  const oneshot = properties.get('Type') === 'oneshot' && !args.options.has('no-block');
  if (!waits && !oneshot) return 0;
  await orGone(unit.finished, run.signal);
  if (!waits) return unit.result === 'success' ? 0 : jobFailed(run.err, name);
  if (!quiet) run.err(summary(unit));
  return unit.mainCode === 2 ? 255 : unit.mainStatus;
};

function jobFailed(err: (text: string) => void, name: string): number {
  err(
    `Job for ${name} failed because the control process exited with error code.\nSee "systemctl status ${name}" and "journalctl -xeu ${name}" for details.\n`,
  );
  return 1;
}

function summary(unit: TransientUnit): string {
  const seconds = ((unit.exitedAt?.getTime() ?? Date.now()) - unit.startedAt.getTime()) / 1_000;
  const code =
    unit.mainCode === 2
      ? `killed/status=${unit.mainStatus === 9 ? 'KILL' : 'TERM'}`
      : `exited/status=${unit.mainStatus}`;
  return `Finished with result: ${unit.result}\nMain processes terminated with: code=${code}\nService runtime: ${seconds.toFixed(3)}s\n`;
}

function propertiesOf(args: Arguments): Map<string, string> {
  const properties = new Map<string, string>();
  for (const entry of [...(args.options.get('p') ?? []), ...(args.options.get('property') ?? [])]) {
    const at = entry.indexOf('=');
    const key = entry.slice(0, at);
    const before = properties.get(key);
    properties.set(
      key,
      key === 'Environment' && before !== undefined
        ? `${before} ${entry.slice(at + 1)}`
        : entry.slice(at + 1),
    );
  }
  const type = last(args, 'service-type');
  if (type !== undefined) properties.set('Type', type);
  const directory = last(args, 'working-directory');
  if (directory !== undefined) properties.set('WorkingDirectory', directory);
  if (args.options.has('remain-after-exit') || args.options.has('r'))
    properties.set('RemainAfterExit', 'yes');
  return properties;
}

function environmentOf(args: Arguments, properties: Map<string, string>): Record<string, string> {
  const entries = [...(args.options.get('setenv') ?? []), ...(args.options.get('E') ?? [])];
  for (const word of (properties.get('Environment') ?? '').match(/"[^"]*"|\S+/g) ?? [])
    entries.push(word.replaceAll('"', ''));
  return Object.fromEntries(
    entries.map((entry) => [entry.replace(/=.*$/s, ''), entry.replace(/^[^=]*=?/, '')]),
  );
}

/** Waits with the unit; a client that goes away stops waiting and nothing else. */
export async function orGone(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const gone = () => reject(signal.reason as Error);
    if (signal.aborted) gone();
    signal.addEventListener('abort', gone, { once: true });
    const settle = async () => {
      await promise;
      signal.removeEventListener('abort', gone);
    };
    settle().then(resolve, reject);
  });
}
