import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './shell.ts';

/** Each run of these tests has a network of its own; so many can be under way at once on one machine. */
const networks = Array.from({ length: 16 }, (_, number) => number);

export const bridgeOf = (network: number) => `kubtest${network}`;
export const hostOf = (network: number, number: number) => `10.78.${network}.${number}`;
export const gatewayOf = (network: number) => hostOf(network, 1);

const fileIn = (scratch: string) => join(scratch, 'network');

/** Takes a network that no other run has: to make its bridge is to take it. */
export async function takeNetwork(scratch: string): Promise<number> {
  for (const network of networks) {
    const bridge = bridgeOf(network);
    const taken = await run('ip', ['link', 'add', bridge, 'type', 'bridge']).then(
      () => true,
      () => false,
    );
    if (!taken) continue;
    await writeFile(fileIn(scratch), String(network));
    await run('ip', ['addr', 'replace', `${gatewayOf(network)}/24`, 'dev', bridge]);
    await run('ip', ['link', 'set', bridge, 'up']);
    return network;
  }
  throw new Error(`All bridges from ${bridgeOf(0)} on are there already: ip link del those of nobody`);
}

/** Gives the network back that the run in this directory had taken, if it had. */
export async function giveNetworkBack(scratch: string): Promise<void> {
  const network = await readFile(fileIn(scratch), 'utf8').catch(() => undefined);
  if (network !== undefined) await run('ip', ['link', 'del', bridgeOf(Number(network))]).catch(() => '');
}
