import { readFileSync } from 'node:fs';
import path from 'node:path';

const directory = path.join(import.meta.dirname, '..', 'recordings');

/** What a recorded command wrote to standard output on the cluster at rest. */
export function recordedOutput(name: string): string {
  const text = readFileSync(path.join(directory, `${name}.txt`), 'utf8');
  const match = /--- stdout\n(?<output>[\s\S]*?)\n?--- stderr\n/.exec(text);
  if (!match?.groups?.output) throw new Error(`${name} is no recording`);
  return match.groups.output;
}

interface RecordedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The objects of a recorded `kubectl get -o json`. */
export function recordedObjects(name: string): RecordedObject[] {
  return (JSON.parse(recordedOutput(name)) as { items: RecordedObject[] }).items;
}
