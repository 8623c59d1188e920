import type { Journal } from './journal.ts';

export type FaultParameters = Record<string, string | number | boolean>;

/** One parameter of a fault, for the page that switches it. */
export interface FaultParameter {
  name: string;
  description: string;
  type: 'node' | 'string' | 'number';
  optional?: boolean;
}

/** A way in which the simulated world can go wrong. */
export interface Fault<Model> {
  name: string;
  description: string;
  parameters: FaultParameter[];
  /** What switching it on does at once; most faults are only looked up where they bite. */
  start?: (model: Model, parameters: FaultParameters) => void | Promise<void>;
  stop?: (model: Model, parameters: FaultParameters) => void | Promise<void>;
  /** True for something that happens once and is not on afterwards, such as a reboot. */
  momentary?: boolean;
}

export interface ActiveFault {
  id: number;
  name: string;
  parameters: FaultParameters;
}

/** Which faults are on. The model asks it by name and node at the places where they bite. */
export class FaultBoard {
  readonly #journal: Journal;
  readonly #active = new Map<number, ActiveFault>();
  readonly #listeners = new Set<() => void>();
  #next = 1;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** The parameters of the fault when it is on for this node (or for all nodes), else undefined. */
  on(name: string, node?: string): FaultParameters | undefined {
    for (const fault of this.#active.values()) {
      if (fault.name !== name) continue;
      const { node: only } = fault.parameters;
      if (only === undefined || only === '' || node === undefined || only === node) return fault.parameters;
    }
    return undefined;
  }

  list(): ActiveFault[] {
    return [...this.#active.values()];
  }

  add(name: string, parameters: FaultParameters): ActiveFault {
    const fault = { id: this.#next++, name, parameters };
    this.#active.set(fault.id, fault);
    this.#journal.record(String(parameters.node ?? ''), 'fault-on', name);
    this.#tell();
    return fault;
  }

  remove(id: number): ActiveFault | undefined {
    const fault = this.#active.get(id);
    if (fault === undefined) return undefined;
    this.#active.delete(id);
    this.#journal.record(String(fault.parameters.node ?? ''), 'fault-off', fault.name);
    this.#tell();
    return fault;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
