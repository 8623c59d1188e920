/** Command line arguments taken apart: options by name without dashes, the rest in order. */
export interface Arguments {
  options: Map<string, string[]>;
  rest: string[];
}

/**
 * Reads GNU-style and Go-style options. Those named in `valued` take the next word when they have no `=`; every other
 * option is a switch. `--` ends the options; with `stopAtRest` so does the first word that is none.
 */
export function readArguments(args: string[], valued: readonly string[], stopAtRest = false): Arguments {
  const options = new Map<string, string[]>();
  const rest: string[] = [];
  const put = (name: string, value: string) => void options.set(name, [...(options.get(name) ?? []), value]);
  for (let index = 0; index < args.length; index++) {
    const word = args[index] as string;
    if (word === '--') {
      rest.push(...args.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      rest.push(word);
      if (stopAtRest) {
        rest.push(...args.slice(index + 1));
        break;
      }
      continue;
    }
    const [, name = '', , value] = /^--?([^=]+)(=([\s\S]*))?$/.exec(word) ?? [];
    if (value !== undefined) put(name, value);
    else if (valued.includes(name)) put(name, args[++index] ?? '');
    else if (!word.startsWith('--') && name.length > 1 && valued.includes(name.charAt(0)))
      put(name.charAt(0), name.slice(1));
    else put(name, 'true');
  }
  return { options, rest };
}

export const last = ({ options }: Arguments, ...names: string[]) =>
  names.map((name) => options.get(name)?.at(-1)).find((value) => value !== undefined);

/** A duration of coreutils and systemd in seconds: `5`, `30s`, `5m`, `1h`, `1.5`; undefined for anything else. */
export function seconds(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(ms|s|sec|m|min|h|d)?$/.exec(text);
  if (found === null) return undefined;
  const units: Record<string, number> = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3_600, d: 86_400 };
  return Number(found[1]) * (units[found[2] ?? 's'] ?? 1);
}
