import { RunId } from '../../../src/domain/names.ts';
import { Policy } from '../../../src/domain/policy.ts';
import type { AttemptContext } from '../../../src/ports/step-handler.ts';
import { lab } from './hosts.ts';

/** What the executor gives to an attempt of a step. */
export function attempt(number: number): AttemptContext {
  return {
    run: RunId.parse('abc234'),
    cluster: lab,
    policy: Policy.parse({}),
    attempt: number,
    skippedNodes: new Set(),
    signal: new AbortController().signal,
    note: () => undefined,
    blocked: () => undefined,
    output: () => undefined,
    recordBackup: async () => undefined,
  };
}
