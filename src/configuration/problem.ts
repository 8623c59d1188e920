import { masked } from './secret-literals.ts';

/** One thing that is wrong in the configuration file, where it stands. Never holds a value that may be a secret. */
export interface ConfigProblem {
  /** `clusters.prod-eu.ssh.user`; empty for the file as a whole. */
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  readonly message: string;
}

export type PathSegment = string | number;

/** A path as people write it: `clusters.prod-eu.channels[0]`, with quotes where a key has a dot or a space. */
export function pathText(path: readonly PathSegment[]): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    const plain = /^[A-Za-z0-9_-]+$/.test(segment);
    if (!plain) return `${text}[${JSON.stringify(segment)}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
}

/** The problems as lines for a terminal, in the order of the file: `config.yaml:12:5 clusters.prod-eu.ssh: …`. */
export function formatProblems(file: string, problems: readonly ConfigProblem[]): string {
  return problems
    .map(
      ({ path, line, column, message }) =>
        `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`,
    )
    .join('\n');
}

/** Problems as they may be shown: in the order of their places, each once, without anything that looks like a secret. */
export function presentable(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Map(
    problems.map(({ path, line, column, message }) => {
      const problem = { path: masked(path), line, column, message: masked(message) };
      return [JSON.stringify(problem), problem];
    }),
  );
  return [...seen.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
