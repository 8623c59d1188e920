import { serviceName } from '../../model/units.ts';
import type { Invocation, Program } from '../../shell/program.ts';
import { type Arguments, last, readArguments } from '../arguments.ts';
import { type Described, describe, properties, timestamp } from './describe.ts';
import { journalLines } from './journal.ts';

const valued = [
  'p',
  'property',
  'P',
  'n',
  'lines',
  'o',
  'output',
  's',
  'signal',
  'state',
  't',
  'type',
  'kill-who',
  'kill-whom',
  'job-mode',
];

type Action = (run: Invocation, args: Arguments, units: string[]) => number | Promise<number>;

const needsRoot = new Set([
  'start',
  'stop',
  'restart',
  'reload',
  'try-restart',
  'kill',
  'reset-failed',
  'daemon-reload',
  'enable',
  'disable',
  'mask',
  'unmask',
  'reboot',
]);

/** systemctl, as far as kubelet, containerd, ssh and transient services go. */
export const systemctl: Program = async (run) => {
  const args = readArguments(run.args, valued);
  const [name = 'list-units', ...units] = args.rest;
  const action = actions[name];
  if (action === undefined) {
    run.err(`Unknown command verb ${name}.\n`);
    return 1;
  }
  if (needsRoot.has(name) && run.user !== 'root') {
    const what = units.map(serviceName).join(' ');
    run.err(
      what === ''
        ? 'Interactive authentication required.\n'
        : `Failed to ${name} ${what}: Interactive authentication required.\nSee system logs and 'systemctl status ${what}' for details.\n`,
    );
    return 1;
  }
  return action(run, args, units);
};

const actions: Record<string, Action> = {
  'is-active': (run, args, units) =>
    states(run, args, units, ({ active }) => active, ['active', 'reloading'], 3),
  'is-failed': (run, args, units) => states(run, args, units, ({ active }) => active, ['failed'], 1),
  'is-enabled': (run, args, units) =>
    states(
      run,
      args,
      units,
      ({ unitFileState }) => unitFileState || 'not-found',
      ['enabled', 'transient'],
      1,
    ),
  'is-system-running': (run) => {
    run.out('running\n');
    return 0;
  },
  show: (run, args, units) => show(run, args, units),
  status: (run, args, units) => status(run, args, units),
  cat: async (run, _args, units) => cat(run, units),
  'daemon-reload': async (run) => {
    await run.model.clock.sleep(300, run.signal);
    run.machine.needsReload = false;
    return 0;
  },
  start: (run, _args, units) => each(run, units, 'start'),
  restart: (run, _args, units) => each(run, units, 'restart'),
  'try-restart': (run, _args, units) => each(run, units, 'restart'),
  reload: (run, _args, units) => each(run, units, 'reload'),
  stop: (run, _args, units) => each(run, units, 'stop'),
  enable: () => 0,
  disable: () => 0,
  mask: () => 0,
  unmask: () => 0,
  kill: (run, args, units) => kill(run, args, units),
  'reset-failed': (run, _args, units) => resetFailed(run, units),
  'list-units': (run, args, units) => listUnits(run, args, units),
  'list-jobs': (run) => {
    run.out('No jobs running.\n');
    return 0;
  },
  reboot: (run) => {
    void run.machine.reboot();
    return 0;
  },
};

function states(
  run: Invocation,
  args: Arguments,
  units: string[],
  value: (unit: Described) => string,
  good: string[],
  bad: number,
): number {
  let code = bad;
  for (const unit of units) {
    const state = value(describe(run.machine, unit));
    if (!args.options.has('quiet') && !args.options.has('q')) run.out(`${state}\n`);
    if (good.includes(state)) code = 0;
  }
  return code;
}

function show(run: Invocation, args: Arguments, units: string[]): number {
  const wanted = ['p', 'property', 'P']
    .flatMap((name) => args.options.get(name) ?? [])
    .flatMap((list) => list.split(','));
  const valueOnly = args.options.has('value') || args.options.has('P');
  const blocks = units.map((unit) => {
    const all = properties(run.machine, describe(run.machine, unit));
    const chosen = wanted.length === 0 ? all : all.filter(([key]) => wanted.includes(key));
    return chosen.map(([key, value]) => (valueOnly ? `${value}\n` : `${key}=${value}\n`)).join('');
  });
  run.out(blocks.join('\n'));
  return 0;
}

function status(run: Invocation, args: Arguments, units: string[]): number {
  let code = 0;
  for (const name of units) {
    const unit = describe(run.machine, name);
    if (unit.loadState === 'not-found') {
      run.err(`Unit ${unit.name} could not be found.\n`);
      code = 4;
      continue;
    }
    const dot = unit.active === 'active' ? '●' : unit.active === 'failed' ? '×' : '○';
    const failure = unit.result === 'success' ? '' : ` (Result: ${unit.result})`;
    run.out(
      `${dot} ${unit.name} - ${unit.description}\n     Loaded: loaded (${unit.fragment}; ${unit.unitFileState})\n     Active: ${unit.active} (${unit.sub})${failure} since ${timestamp(unit.startedAt)}\n   Main PID: ${unit.mainPid}\n\n`,
    );
    const lines = Number(last(args, 'n', 'lines') ?? 10);
    run.out(journalLines(run, unit.name, lines));
    if (unit.active !== 'active') code = 3;
  }
  return code;
}

async function cat(run: Invocation, units: string[]): Promise<number> {
  for (const unit of units) {
    const { fragment, loadState, name } = describe(run.machine, unit);
    if (loadState === 'not-found') {
      run.err(`No files found for ${name}.\n`);
      return 1;
    }
    run.out(`# ${fragment}\n${(await run.machine.files.textOf(fragment)) ?? ''}`);
  }
  return 0;
}

async function each(
  run: Invocation,
  units: string[],
  verb: 'start' | 'restart' | 'stop' | 'reload',
): Promise<number> {
  let code = 0;
  for (const unit of units) {
    const { loadState, name, unitFileState } = describe(run.machine, unit);
    if (loadState === 'not-found') {
      run.err(
        verb === 'stop'
          ? `Failed to stop ${name}: Unit ${name} not loaded.\n`
          : `Failed to ${verb} ${name}: Unit ${name} not found.\n`,
      );
      code = 5;
    } else if (name === 'kubelet.service') {
      await run.model.clock.sleep(400, run.signal);
      if (verb !== 'reload') run.machine.kubelet[verb]();
    } else if (unitFileState === 'transient' && verb === 'stop') await run.machine.units.stop(name);
  }
  return code;
}

async function kill(run: Invocation, args: Arguments, units: string[]): Promise<number> {
  const asked = (last(args, 's', 'signal') ?? 'TERM').replace(/^SIG/, '');
  const signal = asked === 'KILL' || asked === '9' ? 9 : 15;
  for (const name of units) {
    const unit = run.machine.units.get(name);
    if (unit === undefined) {
      run.err(`Failed to kill unit ${serviceName(name)}: Unit ${serviceName(name)} not loaded.\n`);
      return 1;
    }
    unit.kill(signal);
    await unit.finished;
  }
  return 0;
}

function resetFailed(run: Invocation, units: string[]): number {
  if (units.length === 0) run.machine.units.resetFailed();
  let code = 0;
  for (const unit of units) {
    if (run.machine.units.resetFailed(unit) || describe(run.machine, unit).loadState === 'loaded') continue;
    run.err(
      `Failed to reset failed state of unit ${serviceName(unit)}: Unit ${serviceName(unit)} not loaded.\n`,
    );
    code = 1;
  }
  return code;
}

function listUnits(run: Invocation, args: Arguments, patterns: string[]): number {
  const names = [
    'containerd.service',
    'kubelet.service',
    'ssh.service',
    ...run.machine.units.list().map(({ name }) => name),
  ];
  const wanted = last(args, 'state')?.split(',');
  const rows = names
    .filter((name) => patterns.length === 0 || patterns.some((pattern) => glob(pattern).test(name)))
    .map((name) => describe(run.machine, name))
    .filter(({ active, sub }) => wanted === undefined || wanted.includes(active) || wanted.includes(sub));
  const bare = args.options.has('no-legend') || last(args, 'legend') === 'false';
  const width = Math.max(4, ...rows.map(({ name }) => name.length));
  if (!bare) run.out(`  ${'UNIT'.padEnd(width)} LOAD   ACTIVE     SUB     DESCRIPTION\n`);
  for (const row of rows) {
    const mark = args.options.has('plain') || bare ? '' : row.active === 'failed' ? '● ' : '  ';
    run.out(
      `${mark}${row.name.padEnd(width)} ${row.loadState} ${row.active} ${row.sub} ${row.description}\n`,
    );
  }
  if (!bare) run.out(`\n${rows.length} loaded units listed.\n`);
  return 0;
}

function glob(pattern: string): RegExp {
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}(\\.service)?$`);
}
