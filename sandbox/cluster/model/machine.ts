import { CertificateDates } from './certificate-dates.ts';
import type { Clock } from './clock.ts';
import { NodeFiles } from './files.ts';
import { Images } from './images.ts';
import { Kubelet } from './kubelet.ts';
import { minorsIn, Packages, sourcesDirectory, sourcesList } from './packages.ts';
import { makeRunDirectory } from './run-directory.ts';
import { StaticPods } from './static-pods.ts';
import { TransientUnits } from './units.ts';
import { type Host, Logs, type World } from './world.ts';

export type Role = 'control-plane' | 'worker';

export interface MachineOptions {
  name: string;
  role: Role;
  address: string;
  /** Without `v`: 1.33.13. */
  version: string;
  images: string[];
}

/** One simulated machine: its disk, its packages, its container runtime, its systemd and its kubelet. */
export class Machine implements Host {
  readonly name: string;
  readonly role: Role;
  readonly address: string;
  readonly world: World;
  readonly files: NodeFiles;
  readonly packages: Packages;
  readonly images: Images;
  readonly logs = new Logs();
  readonly staticPods: StaticPods;
  readonly kubelet: Kubelet;
  readonly units: TransientUnits;
  readonly certificates = new CertificateDates();
  bootId: string;
  bootedAt = new Date(Date.now() - 1_830_510);
  /** How far the machine's clock is ahead, in milliseconds. */
  clockOffsetMs = 0;
  /** What is free where it is not what the one disk has, by mount point. */
  readonly freeBytes = new Map<string, number>();
  /** What files take that are not really there in that size, by path. */
  readonly fileBytes = new Map<string, number>();
  /** A package brought new unit files that systemd has not read. */
  needsReload = false;
  /** False while the machine reboots: nothing answers. */
  up = true;
  #repository = '';
  readonly #downListeners = new Set<() => void>();

  constructor(world: World, options: MachineOptions) {
    this.world = world;
    this.name = options.name;
    this.role = options.role;
    this.address = options.address;
    this.files = new NodeFiles();
    this.packages = new Packages(options.version);
    this.images = new Images(options.name, world.clock, world.faults, world.journal, options.images);
    this.staticPods = new StaticPods(world, this);
    this.kubelet = new Kubelet(world, this, this.staticPods);
    this.units = new TransientUnits(world, this);
    this.bootId = world.random.uid();
    this.files.computed.set('/proc/uptime', () => {
      const up = (Date.now() - this.bootedAt.getTime()) / 1_000;
      return `${up.toFixed(2)} ${(up * 3.2).toFixed(2)}\n`;
    });
    this.files.computed.set('/proc/sys/kernel/random/boot_id', () => `${this.bootId}\n`);
    this.files.onChange((path) => {
      if (path.startsWith(sourcesDirectory)) void this.#followRepository();
    });
  }

  get clock(): Clock {
    return this.world.clock;
  }

  /** Called when the machine goes down, so that its connections are cut. */
  onDown(listener: () => void): () => void {
    this.#downListeners.add(listener);
    return () => this.#downListeners.delete(listener);
  }

  async #followRepository(): Promise<void> {
    const minors = minorsIn((await this.files.textOf(sourcesList)) ?? '').join(' ');
    if (minors === '' || minors === this.#repository) return;
    if (this.#repository !== '') this.world.journal.record(this.name, 'repository-switch', minors);
    this.#repository = minors;
  }

  /** Power off and on again; resolves once the kubelet has been started, `ms` simulated milliseconds later. */
  async reboot(ms = 45_000): Promise<void> {
    this.world.journal.record(this.name, 'reboot', this.name);
    this.up = false;
    for (const listener of this.#downListeners) listener();
    this.units.halt();
    this.kubelet.stop();
    this.staticPods.halt();
    await this.world.clock.sleep(ms);
    this.up = true;
    this.bootedAt = new Date();
    this.bootId = this.world.random.uid();
    if (await this.files.exists('/tmp')) await this.files.rm('/tmp', { recursive: true });
    await this.files.mkdir('/tmp');
    if (await this.files.exists('/run')) await this.files.rm('/run', { recursive: true });
    await this.files.mkdir('/run');
    await makeRunDirectory(this.files);
    this.kubelet.start();
  }
}
