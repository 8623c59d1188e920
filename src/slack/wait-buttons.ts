import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RunId, type StepKey } from '../domain/names.ts';
import type { Run } from '../domain/run.ts';

/** What can be pressed on the card of a step that stands still. */
export const WaitAction = z.enum([
  'keep-waiting',
  'tell-owner',
  'scale-up',
  'delete-pod',
  'skip',
  'stop',
  'retry',
  'agree',
  'withdraw',
]);
export type WaitAction = z.infer<typeof WaitAction>;

/** Slack wants action ids to be unique in a message: those about the second pod end in `.2`. */
export const waitActionId = (action: WaitAction, place = 1): string =>
  place === 1 ? `wait.${action}` : `wait.${action}.${place}`;

/** Which wait: the same step may stand still again later, and old buttons then mean nothing. */
export interface WaitRef {
  readonly step: StepKey;
  readonly since: string;
}

/** Names a wait in the store of messages: `v1.34.9/w-04/drain-node@2026-11-23T09:40:00.000Z`. */
export const cardKey = ({ step, since }: WaitRef): string => `${step}@${since}`;

/**
 * A button's value: the run, the beginning of its plan's digest, which wait, and what of it: a pod by the beginning of
 * its uid's SHA-256, or an answer by its number. Everything else is looked up.
 */
export const WaitValue = z
  .string()
  .max(64)
  .regex(/^[a-hjkmnp-z2-9]{6}\.[0-9a-f]{12}\.[0-9a-f]{8}(?:\.(?:p[0-9a-f]{8}|n\d{1,4}))?$/)
  .transform((text) => {
    const [run, digest = '', wait = '', about] = text.split('.');
    return {
      run: RunId.parse(run),
      digest,
      wait,
      ...(about?.startsWith('p') ? { pod: about.slice(1) } : {}),
      ...(about?.startsWith('n') ? { number: Number(about.slice(1)) } : {}),
    };
  });
export type WaitValue = z.infer<typeof WaitValue>;

export function waitValue(
  run: Pick<Run, 'id' | 'plan'>,
  wait: WaitRef,
  about?: { pod: string } | { number: number },
): string {
  const of =
    about === undefined ? '' : 'pod' in about ? `.p${podNonce(about.pod)}` : `.n${String(about.number)}`;
  return `${run.id}.${run.plan.digest.slice(0, 12)}.${waitNonce(wait)}${of}`;
}

export const waitNonce = ({ step, since }: WaitRef): string => nonce(`${step}\n${since}`);
export const podNonce = (uid: string): string => nonce(uid);

function nonce(of: string): string {
  return createHash('sha256').update(of).digest('hex').slice(0, 8);
}
