import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RunId } from '../domain/names.ts';
import type { Run } from '../domain/run.ts';

/** What can be pressed on a run's message. The action ids are `run.<action>`. */
export const RunAction = z.enum([
  'approve',
  'reject',
  'details',
  'plan-again',
  'pause',
  'resume',
  'abort',
  'retry',
  'skip',
  'wait',
  'stop',
  'hand-over',
  'extend',
  'gate-yes',
  'open-gate',
  'retry-quarantined',
  'output',
]);
export type RunAction = z.infer<typeof RunAction>;

export const actionIdOf = (action: RunAction): string => `run.${action}`;

/**
 * A button's value: the run, the beginning of its plan's digest, and for answers to a halt, which halt. Everything else
 * is looked up; a value that was made up or belongs to an earlier halt matches nothing.
 */
export const ButtonValue = z
  .string()
  .max(64)
  .regex(/^[a-hjkmnp-z2-9]{6}\.[0-9a-f]{12}(\.[0-9a-f]{8})?$/)
  .transform((text) => {
    const [run, digest, halt] = text.split('.');
    return { run: RunId.parse(run), digest: digest ?? '', ...(halt === undefined ? {} : { halt }) };
  });
export type ButtonValue = z.infer<typeof ButtonValue>;

/** The value that a button of the run has now. */
export function buttonValue(run: Pick<Run, 'id' | 'plan' | 'halt'>, action: RunAction): string {
  const value = `${run.id}.${run.plan.digest.slice(0, 12)}`;
  return answersHalt(action) && run.halt ? `${value}.${haltNonce(run.halt)}` : value;
}

export function answersHalt(action: RunAction): boolean {
  return action === 'retry' || action === 'skip' || action === 'wait' || action === 'stop';
}

function haltNonce(halt: NonNullable<Run['halt']>): string {
  return createHash('sha256').update(`${halt.step}\n${halt.since}`).digest('hex').slice(0, 8);
}
