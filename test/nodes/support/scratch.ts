import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeCgroups } from './cgroups.ts';
import { cutPower, rootOf } from './container.ts';
import { giveNetworkBack } from './networks.ts';
import { run, until } from './shell.ts';

/** On a real disk: the upper layer of an overlay cannot be a tmpfs everywhere. */
const place = '/var/tmp';
const prefix = 'k8s-upgrade-bot-nodes-';

/** Makes the directory that everything of this run lies in, after clearing away what runs that were killed have left. */
export async function makeScratch(): Promise<string> {
  for (const name of await readdir(place)) {
    const pid = Number(name.startsWith(prefix) ? name.slice(prefix.length) : 'other');
    if (pid > 0 && !existsSync(`/proc/${pid}`)) await clearScratch(join(place, name));
  }
  const scratch = join(place, `${prefix}${process.pid}`);
  await mkdir(scratch, { mode: 0o711 });
  return scratch;
}

/** Ends the nodes that still run there, gives its network back, and removes it. */
export async function clearScratch(scratch: string): Promise<void> {
  const inside = await readdir(scratch, { withFileTypes: true });
  for (const each of inside.filter((entry) => entry.isDirectory())) await clearNode(join(scratch, each.name));
  await giveNetworkBack(scratch);
  await rm(scratch, { recursive: true, force: true });
}

const machineIn = (directory: string) => join(directory, 'machine');

/** Writes down what this machine knows a node by, for who clears it away. */
export const noteMachine = (directory: string, machine: string) => writeFile(machineIn(directory), machine);

/** Ends a node and removes its disk, and the cgroups that it was in. */
export async function clearNode(directory: string): Promise<void> {
  await cutPower(directory);
  const root = rootOf(directory);
  const letGo = async () => {
    if ((await run('findmnt', ['-n', root]).catch(() => '')) !== '') await run('umount', [root]);
    return true;
  };
  await until(`the disk of ${directory} to be let go`, letGo, { withinMs: 120_000 });
  const machine = await readFile(machineIn(directory), 'utf8').catch(() => undefined);
  if (machine !== undefined) {
    const left = async () => (await removeCgroups(machine)) || undefined;
    await until('its cgroups to be left', left, { withinMs: 30_000 }).catch(() => undefined);
  }
  await rm(directory, { recursive: true, force: true });
}
