import { parseArgs } from 'node:util';

export interface BenchArguments {
  /** Names of benches; none means all. */
  readonly names: readonly string[];
  readonly quick: boolean;
  /** The file that gets the JSON lines, beside standard output. */
  readonly json?: string;
  readonly help: boolean;
}

export const usage = (
  known: readonly string[],
): string => `Usage: npm run bench -- [NAME ...] [--quick] [--json FILE]

Measures, prints a table and one JSON line a measurement; exits 1 when a limit is exceeded or a bench fails.
  NAME          ${known.join(', ')}; all of them unless named
  --quick       tiny sizes and no limits: shows that the benches work, measures nothing
  --json FILE   writes the JSON lines to a file, too`;

/** @throws TypeError with words for people when an argument makes no sense */
export function readArguments(args: readonly string[], known: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const strange = positionals.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new TypeError(`There is no bench "${strange.join('", "')}".`);
  const { quick, help, json } = values;
  return { names: positionals, quick, help, ...(json === undefined ? {} : { json }) };
}
