import { isObject } from '../limits/problem.ts';

export interface Ack {
  readonly envelopeId: string;
  readonly payload: Record<string, unknown>;
}

/** Reads `{envelope_id, payload?}`; anything else from the app is ignored, as Slack does. */
export function readAck(data: Buffer): Ack | undefined {
  try {
    const value = JSON.parse(data.toString('utf8')) as unknown;
    if (!isObject(value) || typeof value.envelope_id !== 'string') return undefined;
    return { envelopeId: value.envelope_id, payload: isObject(value.payload) ? value.payload : {} };
  } catch {
    return undefined;
  }
}
