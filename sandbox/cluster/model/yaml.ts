import { parse } from 'yaml';

/** Machines read the same few files over and over; more texts than this are not worth keeping. */
const mostKept = 200;
const kept = new Map<string, unknown>();

/** What a YAML text says, a copy for every caller. A text that was parsed before is not parsed again. */
export function parseYaml(text: string): unknown {
  if (!kept.has(text)) {
    if (kept.size >= mostKept) kept.clear();
    kept.set(text, parse(text));
  }
  return structuredClone(kept.get(text));
}
