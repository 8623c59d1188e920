import type { ClusterModel } from '../model/cluster.ts';
import type { ActiveFault, Fault, FaultParameters } from '../model/fault-board.ts';
import { faults } from './registry.ts';

/** Switches faults of one cluster on and off by name. */
export class Faults {
  readonly #model: ClusterModel;

  constructor(model: ClusterModel) {
    this.#model = model;
  }

  /** What can be switched on, with descriptions and parameters. */
  get catalogue(): readonly Pick<Fault<ClusterModel>, 'name' | 'description' | 'parameters' | 'momentary'>[] {
    return faults;
  }

  /** What is on. */
  active(): ActiveFault[] {
    return this.#model.faults.list();
  }

  /** Switches a fault on; throws when the name, a parameter or a node is unknown. */
  async enable(name: string, parameters: FaultParameters = {}): Promise<ActiveFault> {
    const fault = known(name);
    for (const { name: wanted, optional } of fault.parameters) {
      if (optional !== true && parameters[wanted] === undefined)
        throw new Error(`fault ${name} needs the parameter ${wanted}`);
    }
    for (const given of Object.keys(parameters)) {
      if (!fault.parameters.some((parameter) => parameter.name === given))
        throw new Error(`fault ${name} has no parameter ${given}`);
    }
    const { node } = parameters;
    if (node !== undefined && node !== '') this.#model.machine(String(node));
    const active = this.#model.faults.add(name, parameters);
    await fault.start?.(this.#model, parameters);
    if (fault.momentary === true) this.#model.faults.remove(active.id);
    return active;
  }

  /** Switches off one fault by its id, or every one of a name. Returns how many were on. */
  async disable(which: number | string): Promise<number> {
    const ids = this.active().filter(({ id, name }) => id === which || name === which);
    for (const { id, name, parameters } of ids) {
      this.#model.faults.remove(id);
      await known(name).stop?.(this.#model, parameters);
    }
    return ids.length;
  }
}

function known(name: string): Fault<ClusterModel> {
  const fault = faults.find((each) => each.name === name);
  if (fault === undefined)
    throw new Error(`no fault ${name}; there are ${faults.map((each) => each.name).join(', ')}`);
  return fault;
}
