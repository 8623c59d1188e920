import { instant, RunId } from '../../../src/domain/names.ts';
import { Policy } from '../../../src/domain/policy.ts';
import type { ActCall } from '../../../src/node/act.ts';
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

/** Calls of acts, each with a base of its own: a machine would take a second one for the first. */
export function callsNamed(name: string): () => ActCall {
  let calls = 0;
  return () => {
    calls += 1;
    return { base: `${name}-${calls}`, attempt: 1, waitSeconds: 300, signal: new AbortController().signal };
  };
}
