import type { ClusterModel } from '../model/cluster.ts';
import type { FaultParameters } from '../model/fault-board.ts';
import { seeds } from './registry.ts';

/** A problem to plant: `{ name: 'swap-on', parameters: { node: 'w-01' } }`. */
export interface SeedRequest {
  name: string;
  parameters?: FaultParameters;
}

/**
 * Plants problems. Before a cluster starts they are how it has always been; later each works as the change that it is (a
 * manifest that is edited restarts its pod). Throws when a name, a parameter or a node is unknown.
 */
export async function plantSeeds(model: ClusterModel, requests: readonly SeedRequest[]): Promise<void> {
  for (const { name, parameters = {} } of requests) {
    const seed = seeds.find((each) => each.name === name);
    if (seed === undefined)
      throw new Error(`no seed ${name}; there are ${seeds.map((each) => each.name).join(', ')}`);
    for (const { name: wanted, optional } of seed.parameters) {
      if (optional !== true && parameters[wanted] === undefined)
        throw new Error(`seed ${name} needs the parameter ${wanted}`);
    }
    for (const given of Object.keys(parameters)) {
      if (!seed.parameters.some((parameter) => parameter.name === given))
        throw new Error(`seed ${name} has no parameter ${given}`);
    }
    if (parameters.node !== undefined) model.machine(String(parameters.node));
    await seed.plant(model, parameters);
  }
}
