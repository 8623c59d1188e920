import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigProblem, PathSegment } from './problem.ts';
import { pathText } from './problem.ts';

/** A place in the file: offsets of a member's key and value; a list's item has no key. */
interface Place {
  readonly key: number | undefined;
  readonly value: number | undefined;
  readonly node: Node | undefined;
}

/** YAML that knows where each of its parts stands. */
export interface LocatedYaml {
  /** Syntax errors, duplicate keys and the like. With any of them the data is not to be used. */
  readonly problems: ConfigProblem[];
  readonly data: unknown;
  /** A problem about a path: at its value, at its key, or at the nearest thing around it that is there. */
  problemAt(path: readonly PathSegment[], message: string, at?: 'key' | 'value'): ConfigProblem;
  /** A problem about the text at an offset, with the path of the innermost member around it. */
  problemAtOffset(offset: number, message: string): ConfigProblem;
  /** Whether the file says anything at a path. */
  has(path: readonly PathSegment[]): boolean;
}

const startOf = (node: unknown): number | undefined =>
  (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0];

function membersOf(document: Document, node: unknown): readonly (readonly [PathSegment, Place])[] {
  const resolved = isAlias(node) ? node.resolve(document) : node;
  if (isMap(resolved)) {
    return resolved.items.map((pair) => {
      const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
      const value = pair.value as Node | undefined;
      // An empty value has a range of its own behind the colon; the key is the better place for it.
      const empty = value === undefined || (isScalar(value) && value.value === null && value.source === '');
      return [
        name,
        { key: startOf(pair.key), value: empty ? undefined : startOf(value), node: value },
      ] as const;
    });
  }
  if (!isSeq(resolved)) return [];
  return resolved.items.map((item, index) => [
    index,
    { key: undefined, value: startOf(item), node: item as Node },
  ]);
}

/** Parses YAML 1.2: one document, unique keys, at most a hundred aliases, no merge keys. Never throws. */
export function parseLocatedYaml(text: string): LocatedYaml {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  const position = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };

  /** Places along a path as far as the file goes. */
  const walk = (path: readonly PathSegment[]): Place[] => {
    const places: Place[] = [];
    let node: unknown = document.contents;
    for (const segment of path) {
      const found = membersOf(document, node).find(([name]) => String(name) === String(segment));
      if (found === undefined) break;
      places.push(found[1]);
      node = found[1].node;
    }
    return places;
  };

  const problemAt: LocatedYaml['problemAt'] = (path, message, at = 'value') => {
    const places = walk(path);
    const place = places.at(-1);
    const missing = places.length < path.length;
    const offset =
      at === 'key' || missing ? (place?.key ?? place?.value ?? 0) : (place?.value ?? place?.key ?? 0);
    return { path: pathText(path), ...position(offset), message };
  };

  const pathAround = (offset: number): PathSegment[] => {
    const path: PathSegment[] = [];
    let node: unknown = document.contents;
    for (;;) {
      const around = membersOf(document, node).findLast(
        ([, place]) => (place.key ?? place.value ?? offset) <= offset,
      );
      const end = (around?.[1].node as { range?: readonly number[] } | undefined)?.range?.[1] ?? -1;
      if (around === undefined || end < offset || isAlias(node)) return path;
      path.push(around[0]);
      node = around[1].node;
    }
  };

  const problems = document.errors.map(
    (error): ConfigProblem => ({
      path: pathText(pathAround(error.pos[0])),
      ...position(error.pos[0]),
      message: error.message,
    }),
  );
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read as YAML';
    problems.push({ path: '', line: 1, column: 1, message });
  }
  return {
    problems,
    data,
    problemAt,
    problemAtOffset: (offset, message) => ({
      path: pathText(pathAround(offset)),
      ...position(offset),
      message,
    }),
    has: (path) => walk(path).length === path.length,
  };
}
