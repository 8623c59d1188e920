import { StepFailure } from '../../domain/failure.ts';

/**
 * Told by the login shell before it does what it was given. What stands before it is its own: the greeting of a .bashrc,
 * which sshd's shells read too. Without it nothing was run: /usr/sbin/nologin, a command forced by authorized_keys, a shell
 * of another family.
 */
const mark = '@@ k8s-upgrade-bot begins';

/** The line that tells of its own beginning; every shell knows `echo` and `;`. */
export const marked = (line: string): string => `echo '${mark}'; ${line}`;

/** A greeting that is longer than this is none, and only its end is looked through. */
const longestGreeting = 64 * 1024;

/** Takes what a marked line prints on stdout; hands on what its command prints. */
export interface Beginning {
  push(chunk: Uint8Array): Buffer;
  /** Whether the login shell has done what it was given. */
  hasBegun(): boolean;
  /** What came instead. */
  greeting(): string;
}

export function createBeginning(): Beginning {
  const wanted = Buffer.from(`${mark}\n`);
  let before: Buffer = Buffer.alloc(0);
  let begun = false;
  return {
    push(chunk) {
      if (begun) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      before = Buffer.concat([before.subarray(-longestGreeting), chunk]);
      const at = before.indexOf(wanted);
      if (at === -1) return Buffer.alloc(0);
      begun = true;
      return before.subarray(at + wanted.length);
    },
    hasBegun: () => begun,
    greeting: () => before.toString(),
  };
}

/** The failure of a login whose shell does not run what it is given: nothing was done. */
export function shellUnfit(machine: { name: string; user: string }, said: string): StepFailure {
  const lastWords = said.split('\n').filter((line) => line.trim() !== '');
  const last = lastWords.at(-1)?.trim();
  return new StepFailure(
    'ssh.shell-unfit',
    `${machine.name} lets ${machine.user} in, but the login shell does not run what it is given` +
      (last === undefined ? '.' : `: ${last}`),
    { facts: { user: machine.user }, lastWords: lastWords.slice(-5) },
  );
}
