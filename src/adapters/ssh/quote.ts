const plainWord = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;

/**
 * One word of a POSIX shell command line. Inside single quotes nothing has a meaning (POSIX.1 Shell 2.2.2), so only the
 * quote itself needs care, and the backslash, which fish takes for a sign even there. Throws RangeError for a NUL, which
 * no argument of a program can hold: dropping it in silence would run another command than the one that was meant.
 */
export function quote(argument: string): string {
  if (argument.includes('\0')) throw new RangeError('An argument of a command holds a NUL character');
  // A first word with "=" would be an assignment, so "=" is plain only further on.
  if (plainWord.test(argument) && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(argument)) return argument;
  return `'${argument.replace(/['\\]/g, (sign) => `'\\${sign}'`)}'`;
}

/** Program and arguments as a line that a POSIX shell takes apart into exactly these words. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
