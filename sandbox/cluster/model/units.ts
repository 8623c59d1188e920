import type { Host, World } from './world.ts';

export type ActiveState = 'active' | 'activating' | 'deactivating' | 'failed' | 'inactive';

/** How a command runs on a machine as root, apart from any connection; resolves with its exit status. */
export type RunDetached = (run: {
  argv: string[];
  environment: Record<string, string>;
  directory: string;
  umask: number;
  signal: AbortSignal;
  stdout: (data: Uint8Array) => Promise<void>;
  stderr: (data: Uint8Array) => Promise<void>;
}) => Promise<number>;

export interface TransientUnit {
  /** With suffix: `name.service`. */
  name: string;
  description: string;
  argv: string[];
  properties: Map<string, string>;
  collect: boolean;
  activeState: ActiveState;
  subState: string;
  result: 'success' | 'exit-code' | 'signal' | 'timeout';
  /** CLD_EXITED 1, CLD_KILLED 2, 0 while it runs. */
  mainCode: 0 | 1 | 2;
  mainStatus: number;
  mainPid: number;
  invocationId: string;
  startedAt: Date;
  exitedAt: Date | undefined;
  finished: Promise<void>;
  kill: (signal: number) => void;
}

class Killed extends Error {
  readonly signal: number;
  constructor(signal: number) {
    super(`killed by signal ${signal}`);
    this.signal = signal;
  }
}

export interface UnitRequest {
  name: string;
  description: string;
  argv: string[];
  properties: Map<string, string>;
  environment: Record<string, string>;
  collect: boolean;
}

/** The transient services of one machine's systemd. They belong to no connection and end only by themselves or by systemctl. */
export class TransientUnits {
  readonly #world: World;
  readonly #host: Host;
  readonly #units = new Map<string, TransientUnit>();
  #pid = 4_000;
  run: RunDetached | undefined;

  constructor(world: World, host: Host) {
    this.#world = world;
    this.#host = host;
  }

  get(name: string): TransientUnit | undefined {
    return this.#units.get(serviceName(name));
  }

  list(): TransientUnit[] {
    return [...this.#units.values()];
  }

  /** Starts a unit; undefined when one of that name is loaded already, running or failed. */
  start(request: UnitRequest): TransientUnit | undefined {
    if (this.#units.has(request.name)) return undefined;
    const controller = new AbortController();
    const unit: TransientUnit = {
      ...request,
      activeState: request.properties.get('Type') === 'oneshot' ? 'activating' : 'active',
      subState: request.properties.get('Type') === 'oneshot' ? 'start' : 'running',
      result: 'success',
      mainCode: 0,
      mainStatus: 0,
      mainPid: this.#pid++,
      invocationId: this.#world.random.hex(32),
      startedAt: new Date(),
      exitedAt: undefined,
      finished: Promise.resolve(),
      kill: (signal) => controller.abort(new Killed(signal)),
    };
    this.#units.set(unit.name, unit);
    this.#world.journal.record(this.#host.name, 'unit-start', unit.name);
    this.#host.logs.write(unit.name, `Started ${unit.name} - ${unit.description}.`);
    unit.finished = this.#live(unit, request.environment, controller);
    return unit;
  }

  resetFailed(name?: string): boolean {
    const wanted = name === undefined ? undefined : serviceName(name);
    let found = false;
    for (const unit of this.list()) {
      if (wanted !== undefined && unit.name !== wanted) continue;
      found = true;
      if (unit.activeState === 'failed') this.#units.delete(unit.name);
    }
    return found;
  }

  /** Stops a unit with SIGTERM and unloads it; resolves when it is gone. */
  async stop(name: string): Promise<boolean> {
    const unit = this.get(name);
    if (unit === undefined) return false;
    unit.properties.set('RemainAfterExit', 'no');
    if (unit.mainCode === 0) unit.kill(15);
    await unit.finished;
    this.#units.delete(unit.name);
    return true;
  }

  /** The machine goes down: every unit is killed and none is remembered. */
  halt(): void {
    for (const unit of this.list()) unit.kill(9);
    this.#units.clear();
  }

  async #live(
    unit: TransientUnit,
    environment: Record<string, string>,
    controller: AbortController,
  ): Promise<void> {
    const { properties } = unit;
    const limit = properties.get('RuntimeMaxSec');
    const cancelLimit =
      limit === undefined || limit === 'infinity'
        ? () => {}
        : this.#world.clock.after(Number.parseFloat(limit) * 1_000, () => controller.abort(new Killed(15)));
    let status = 0;
    try {
      if (this.run === undefined) throw new Error('the machine has no shell yet');
      status = await this.run({
        argv: unit.argv,
        environment,
        directory: properties.get('WorkingDirectory') ?? '/',
        umask: Number.parseInt(properties.get('UMask') ?? '0022', 8),
        signal: controller.signal,
        stdout: this.#sink(unit, 'StandardOutput'),
        stderr: this.#sink(unit, 'StandardError'),
      });
      unit.mainCode = 1;
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
    cancelLimit();
    if (controller.signal.aborted) {
      unit.mainCode = 2;
      status = (controller.signal.reason as Killed).signal;
    }
    this.#settle(unit, status);
  }

  #settle(unit: TransientUnit, status: number): void {
    unit.mainStatus = status;
    unit.exitedAt = new Date();
    const terminated = unit.mainCode === 2 && status === 15;
    const ok = status === 0 || terminated;
    unit.result = ok ? 'success' : unit.mainCode === 2 ? 'signal' : 'exit-code';
    const remain = unit.properties.get('RemainAfterExit') === 'yes' && status === 0;
    unit.activeState = remain ? 'active' : ok ? 'inactive' : 'failed';
    unit.subState = remain ? 'exited' : ok ? 'dead' : 'failed';
    const { logs } = this.#host;
    if (!ok) {
      const code =
        unit.mainCode === 2
          ? `killed, status=${status}/${status === 9 ? 'KILL' : 'TERM'}`
          : `exited, status=${status}/FAILURE`;
      logs.write(unit.name, `${unit.name}: Main process exited, code=${code}`);
      logs.write(unit.name, `${unit.name}: Failed with result '${unit.result}'.`);
    } else logs.write(unit.name, `${unit.name}: Deactivated successfully.`);
    this.#world.journal.record(this.#host.name, 'unit-end', `${unit.name} ${unit.result} ${status}`);
    if (!remain && (ok || unit.collect) && this.#units.get(unit.name) === unit) this.#units.delete(unit.name);
  }

  // StandardOutput= as systemd.exec(5) has it: file:, append:, truncate:, null, else the journal.
  #sink(
    unit: TransientUnit,
    property: 'StandardOutput' | 'StandardError',
  ): (data: Uint8Array) => Promise<void> {
    const own = unit.properties.get(property);
    const where =
      own ?? (property === 'StandardError' ? unit.properties.get('StandardOutput') : undefined) ?? 'journal';
    const file = /^(file|append|truncate):(.+)$/.exec(where);
    const { files, logs } = this.#host;
    if (where === 'null') return async () => {};
    if (file === null) {
      return async (data) => {
        for (const line of new TextDecoder().decode(data).split('\n'))
          if (line !== '') logs.write(unit.name, line);
      };
    }
    const path = file[2] as string;
    const prepared = file[1] === 'append' ? Promise.resolve() : files.writeFile(path, '');
    prepared.catch(() => {});
    return async (data) => {
      await prepared;
      await files.appendFile(path, data);
    };
  }
}

export const serviceName = (name: string) =>
  /\.(service|scope|timer|socket|slice|target)$/.test(name) ? name : `${name}.service`;
