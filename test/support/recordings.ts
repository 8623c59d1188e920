import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a real command printed. */
export interface Recording {
  readonly command: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

const directory = join(import.meta.dirname, '../recordings');

/**
 * Reads a recorded command by `<group>/<name>`: a line with the command, then stdout, stderr and the exit status under
 * their headings.
 */
export function recording(name: string): Recording {
  const text = readFileSync(join(directory, `${name}.txt`), 'utf8');
  const match = /^\$ (.*?)\n--- stdout\n(.*?)--- stderr\n(.*?)--- exit (\d+)\n*$/s.exec(text);
  if (!match) throw new Error(`${name} is not a recording`);
  const [, command = '', stdout = '', stderr = '', exit = ''] = match;
  return { command, stdout, stderr, exit: Number(exit) };
}

/** Both streams as a transient unit's output has them. */
export function outputOf({ stdout, stderr }: Recording): string {
  return `${stdout}\n${stderr}`;
}
