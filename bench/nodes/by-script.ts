import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshConfig } from '../../src/config.ts';
import type { LabNode } from '../../test/nodes/support/node.ts';
import { run } from '../../test/nodes/support/shell.ts';
import { registration } from './stand-ins.ts';

export interface ScriptTurn {
  readonly seconds: number;
  readonly commands: number;
}

/** The same turn by turn.sh, the connect included. */
export async function upgradeByScript(
  { address, botKey }: LabNode,
  { user, knownHosts }: SshConfig,
  scratch: string,
): Promise<ScriptTurn> {
  const directory = await mkdtemp(join(scratch, 'script-'));
  const script = join(import.meta.dirname, 'turn.sh');
  const began = performance.now();
  await run('bash', [script, address, user, botKey, knownHosts, directory, registration]);
  const seconds = (performance.now() - began) / 1_000;
  const commands = (await readFile(join(directory, 'commands'), 'utf8')).split('\n').length - 1;
  return { seconds, commands };
}
