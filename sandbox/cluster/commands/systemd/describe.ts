import type { Machine } from '../../model/machine.ts';
import { type ActiveState, serviceName } from '../../model/units.ts';

/** A unit as systemctl sees it, transient or not. */
export interface Described {
  name: string;
  description: string;
  loadState: 'loaded' | 'not-found';
  unitFileState: string;
  active: ActiveState;
  sub: string;
  result: string;
  mainPid: number;
  code: number;
  status: number;
  restarts: number;
  invocationId: string;
  startedAt: Date | undefined;
  exitedAt: Date | undefined;
  fragment: string;
}

const always = ['containerd.service', 'ssh.service', 'dbus.service', 'systemd-journald.service'];

export function describe(machine: Machine, unit: string): Described {
  const name = serviceName(unit);
  if (name === 'kubelet.service') return describeKubelet(machine);
  const found = machine.units.get(name);
  if (found !== undefined) {
    return {
      name,
      description: found.description,
      loadState: 'loaded',
      unitFileState: 'transient',
      active: found.activeState,
      sub: found.subState,
      result: found.result,
      mainPid: found.mainCode === 0 ? found.mainPid : 0,
      code: found.mainCode,
      status: found.mainStatus,
      restarts: 0,
      invocationId: found.invocationId,
      startedAt: found.startedAt,
      exitedAt: found.exitedAt,
      fragment: `/run/systemd/transient/${name}`,
    };
  }
  const known = always.includes(name);
  return {
    name,
    description: known ? name.replace('.service', '') : name,
    loadState: known ? 'loaded' : 'not-found',
    unitFileState: known ? 'enabled' : '',
    active: known ? 'active' : 'inactive',
    sub: known ? 'running' : 'dead',
    result: 'success',
    mainPid: known ? 200 + name.length : 0,
    code: 0,
    status: 0,
    restarts: 0,
    invocationId: '',
    startedAt: known ? machine.bootedAt : undefined,
    exitedAt: undefined,
    fragment: known ? `/lib/systemd/system/${name}` : '',
  };
}

function describeKubelet(machine: Machine): Described {
  const { state, restarts, startedAt } = machine.kubelet;
  const states: Record<typeof state, [ActiveState, string, string]> = {
    running: ['active', 'running', 'success'],
    starting: ['active', 'running', 'success'],
    stopped: ['inactive', 'dead', 'success'],
    crashing: ['activating', 'auto-restart', 'exit-code'],
  };
  const [active, sub, result] = states[state];
  return {
    name: 'kubelet.service',
    description: 'kubelet: The Kubernetes Node Agent',
    loadState: 'loaded',
    unitFileState: 'enabled',
    active,
    sub,
    result,
    mainPid: active === 'active' ? 1_432 : 0,
    code: state === 'crashing' ? 1 : 0,
    status: state === 'crashing' ? 1 : 0,
    restarts,
    invocationId: '9f1d6f3b5c2a4e0f8a7b6c5d4e3f2a1b',
    startedAt,
    exitedAt: undefined,
    fragment: '/usr/lib/systemd/system/kubelet.service',
  };
}

/** As systemd writes a time: `Mon 2026-11-23 03:46:03 UTC`; empty for never. */
export function timestamp(date: Date | undefined): string {
  if (date === undefined) return '';
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()] ?? '';
  return `${day} ${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `systemctl show` properties in the order in which systemd gives them. */
export function properties(machine: Machine, unit: Described): [string, string][] {
  const micros = (date: Date | undefined) =>
    date === undefined ? '0' : String(Math.max(1, date.getTime() - machine.bootedAt.getTime()) * 1_000);
  return [
    ['Type', 'simple'],
    ['Restart', unit.name === 'kubelet.service' ? 'always' : 'no'],
    ['NRestarts', String(unit.restarts)],
    ['MainPID', String(unit.mainPid)],
    ['Result', unit.result],
    ['ExecMainStartTimestamp', timestamp(unit.startedAt)],
    ['ExecMainStartTimestampMonotonic', micros(unit.startedAt)],
    ['ExecMainExitTimestamp', timestamp(unit.exitedAt)],
    ['ExecMainExitTimestampMonotonic', micros(unit.exitedAt)],
    ['ExecMainPID', String(unit.mainPid)],
    ['ExecMainCode', String(unit.code)],
    ['ExecMainStatus', String(unit.status)],
    ['Id', unit.name],
    ['Names', unit.name],
    ['Description', unit.description],
    ['LoadState', unit.loadState],
    ['ActiveState', unit.active],
    ['FreezerState', 'running'],
    ['SubState', unit.sub],
    ['FragmentPath', unit.fragment],
    ['UnitFileState', unit.unitFileState],
    ['NeedDaemonReload', unit.name === 'kubelet.service' && machine.needsReload ? 'yes' : 'no'],
    ['ActiveEnterTimestamp', unit.active === 'active' ? timestamp(unit.startedAt) : ''],
    ['InactiveEnterTimestamp', timestamp(unit.exitedAt)],
    ['InvocationID', unit.invocationId],
  ];
}
