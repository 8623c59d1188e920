import { instant, RunId } from '../../../src/domain/names.ts';
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
    startedAt: instant(Date.now()),
    skippedNodes: new Set(),
    signal: new AbortController().signal,
    note: () => undefined,
    abandoned: new AbortController().signal,
    blocked: () => undefined,
    unblocked: () => undefined,
    answers: () => [],
    votes: () => [],
    output: () => undefined,
    record: () => ({ output: () => undefined, ended: async () => undefined }),
    recordBackup: async () => undefined,
  };
}
