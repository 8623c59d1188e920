import type { Act, Argv } from '../../src/ports/remote-host.ts';

/** A command line for people to read: scripts as they run, values beside them. */
export function readableCommand(
  how: string,
  argv: Argv,
  environment: Act['environment'] = {},
  stdin?: string,
): string {
  const [program, option, text, , ...values] = argv;
  const lines = [`  ${how}`];
  for (const [name, value] of Object.entries(environment)) lines.push(`  ${name}=${value}`);
  if (program === 'sh' && option === '-c' && text !== undefined) {
    lines.push(...text.split('\n').map((line) => `    ${line}`));
    lines.push(...values.map((value, index) => `  $${index + 1} = ${value}`));
  } else {
    lines.push(`    ${argv.join(' ')}`);
  }
  if (stdin !== undefined)
    lines.push(
      ...stdin
        .trimEnd()
        .split('\n')
        .map((line) => `  < ${line}`),
    );
  return lines.join('\n');
}
