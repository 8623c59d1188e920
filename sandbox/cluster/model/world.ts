import type { Clock } from './clock.ts';
import type { EtcdCluster } from './etcd.ts';
import type { FaultBoard } from './fault-board.ts';
import type { NodeFiles } from './files.ts';
import type { Images } from './images.ts';
import type { Journal } from './journal.ts';
import type { PackageRepository, Packages } from './packages.ts';
import type { Random } from './random.ts';
import type { ObjectStore } from './store.ts';

/** `hanging`: kube-apiserver runs and takes connections, but its etcd member does not answer. */
export type ApiState = 'serving' | 'hanging' | 'down';

/** What the parts of the model share: the same for every machine of one cluster. */
export interface World {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: ObjectStore;
  readonly journal: Journal;
  readonly faults: FaultBoard;
  readonly etcd: EtcdCluster;
  readonly repository: PackageRepository;
  /** The kube-apiserver of one control plane. */
  apiState(node: string): ApiState;
  /** Whether any kube-apiserver serves, as through the load balancer. */
  apiAvailable(): boolean;
  /** Tells the API servers and controllers that a control plane component came or went. */
  controlPlaneChanged(): void;
}

/** The parts of a machine that its kubelet works with. */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly role: 'control-plane' | 'worker';
  readonly files: NodeFiles;
  readonly images: Images;
  readonly packages: Packages;
  readonly logs: Logs;
}

/** journald of one machine: the last lines per unit. */
export class Logs {
  readonly #lines = new Map<string, { at: Date; text: string }[]>();

  write(unit: string, text: string): void {
    const lines = this.#lines.get(unit) ?? [];
    lines.push({ at: new Date(), text });
    if (lines.length > 500) lines.shift();
    this.#lines.set(unit, lines);
  }

  of(unit: string): readonly { at: Date; text: string }[] {
    return this.#lines.get(unit) ?? [];
  }
}
