import { type FailureCode, StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import { lastWords } from '../last-words.ts';

/** Words of a package manager by which one kind of failure is known. */
export interface FailureSign {
  readonly code: FailureCode;
  readonly pattern: RegExp;
  /** Ends the sentence `cp-1: installing kubeadm failed: …`. */
  readonly says: string;
}

/** The failure that the first fitting sign stands for; undefined when the output says nothing that is known. */
export function failureBySigns(
  signs: readonly FailureSign[],
  node: NodeName,
  purpose: string,
  output: string,
): StepFailure | undefined {
  const sign = signs.find(({ pattern }) => pattern.test(output));
  if (!sign) return undefined;
  const line = output.split('\n').find((text) => sign.pattern.test(text));
  return new StepFailure(sign.code, `${node}: ${purpose} failed: ${sign.says}.`, {
    facts: { node, purpose, ...(line === undefined ? {} : { said: line.trim().slice(0, 300) }) },
    lastWords: lastWords(output),
  });
}
