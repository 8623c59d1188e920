import { createHash } from 'node:crypto';
import type { RunId, StepKey } from '../domain/names.ts';
import type { ActCall } from '../node/act.ts';
import type { AttemptContext } from '../ports/step-handler.ts';

/** ports/remote-host.ts: a base has at most 200 characters. */
const longest = 200;

/**
 * The name of a long act: the same for the same run, step and part, whoever asks and however often. Long node names are
 * cut, with a digest of the whole so that two of them never meet.
 * @param part tells several acts of one step apart
 */
function actBase(run: RunId, key: StepKey, part?: string): string {
  const base = [run, ...key.split('/'), ...(part === undefined ? [] : [part])].join(':');
  if (base.length <= longest) return base;
  const digest = createHash('sha256').update(base).digest('hex').slice(0, 16);
  return `${base.slice(0, longest - digest.length - 1)}.${digest}`;
}

/** The call of a step's act in this attempt. */
export function actCall(
  context: AttemptContext,
  step: { readonly key: StepKey },
  waitSeconds: number,
  part?: string,
): ActCall {
  return {
    base: actBase(context.run, step.key, part),
    attempt: context.attempt,
    waitSeconds,
    signal: context.signal,
    onOutput: (lines) => context.output(lines),
    note: (text) => context.note(text),
    record: (act) => context.record(act),
  };
}
