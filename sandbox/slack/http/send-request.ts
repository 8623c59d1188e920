import { createHmac } from 'node:crypto';
import type { Delivery, Envelope } from '../socket/hub.ts';

/** Where the app listens for Slack's requests, and what they are signed with. */
export interface RequestUrl {
  readonly url: string;
  readonly signingSecret: string;
}

/**
 * Sends an envelope as Slack does over HTTP: commands as a form, interactions as a form with one field `payload`, events as
 * JSON, all signed (v0, the time, the body). A 200 within `deadlineMs` is the acknowledgement, its body the answer.
 */
export async function sendRequest(
  { url, signingSecret }: RequestUrl,
  { type, payload, retry }: Envelope,
  deadlineMs: number,
): Promise<Delivery> {
  const began = performance.now();
  const at = String(Math.floor(Date.now() / 1_000));
  const body = bodyOf(type, payload);
  const mac = createHmac('sha256', signingSecret).update(`v0:${at}:${body}`).digest('hex');
  const isJson = type === 'events_api';
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
        'x-slack-signature': `v0=${mac}`,
        'x-slack-request-timestamp': at,
        ...(retry === undefined
          ? {}
          : { 'x-slack-retry-num': String(retry.attempt), 'x-slack-retry-reason': retry.reason }),
      },
      signal: AbortSignal.timeout(deadlineMs),
    });
    const text = await response.text();
    if (response.status !== 200) return { status: 'no-socket' };
    return { status: 'acked', ms: performance.now() - began, payload: answerOf(text) };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return isLate ? { status: 'timed-out', afterMs: deadlineMs } : { status: 'no-socket' };
  }
}

function bodyOf(type: Envelope['type'], payload: Envelope['payload']): string {
  switch (type) {
    case 'slash_commands': {
      const form = new URLSearchParams();
      for (const [name, value] of Object.entries(payload)) {
        if (value === undefined || value === null) continue;
        form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
      }
      return form.toString();
    }
    case 'interactive':
      return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    case 'events_api':
      return JSON.stringify(payload);
    default:
      return type satisfies never;
  }
}

/** The body of an acknowledgement; one that is no object says nothing more. */
function answerOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
