import { inject } from 'vitest';
import { bridgeOf, gatewayOf, hostOf } from './networks.ts';

export const bridge = () => bridgeOf(inject('network'));

/** This machine's own address among the nodes of this run. */
export const gateway = () => gatewayOf(inject('network'));

/** The address of the node with that number. */
export const addressOf = (number: number) => hostOf(inject('network'), number);

/** What this machine knows the node by: no other run's node has that name. */
export const machineOf = (number: number) => `kub-${inject('network')}-${number}`;
