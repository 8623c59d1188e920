import type { Flag } from '../domain/machine-facts.ts';

/** `--name`, `--name=value` or `--name value`; a value may be quoted. */
const flagPattern = /(?<![\w-])--([a-zA-Z][\w-]*)(?:(?:=|[ \t]+(?!-))("[^"]*"|'[^']*'|[^\s"'\\]*))?/g;

/**
 * The flags in a file of arguments (kubeadm-flags.env, /etc/default/kubelet, a systemd drop-in). Lines that are comments
 * are left out.
 */
export function flagsIn(text: string): Flag[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*[#;]/.test(line))
    .flatMap((line) => [...line.matchAll(flagPattern)])
    .map(([, name = '', value]) => flagOf(name, value));
}

/** One word of a command line; undefined for what is no flag. */
export function flagOfWord(word: string): Flag | undefined {
  const match = /^--?([a-zA-Z][\w-]*)(?:=([\s\S]*))?$/.exec(word);
  return match?.[1] === undefined ? undefined : flagOf(match[1], match[2]);
}

function flagOf(name: string, value: string | undefined): Flag {
  const plain = value?.replace(/^(["'])([\s\S]*)\1$/, '$2');
  return plain === undefined || plain === '' ? { name } : { name, value: plain };
}
