import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';

/** Why a call of the Web API did not succeed, as far as callers must tell it apart. */
export type CallFailure =
  | { readonly status: 'rate-limited'; readonly retryAfterMs: number }
  | { readonly status: 'unavailable'; readonly sent: 'no' | 'unknown'; readonly reason: string }
  | { readonly status: 'refused'; readonly error: string };

/** How long to wait where Slack says "too fast" without saying until when (`ok: false, ratelimited`). */
const defaultRetryAfterMs = 10_000;

/** Errors of Slack itself, documented as "try again": the call may or may not have been done. */
const slackTroubles: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'timeout',
]);

/** The connection was never made, so the call cannot have had an effect (Node's and undici's codes). */
const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What a thrown value of @slack/web-api means. Only codes and Slack's own error names get out, never payloads. */
export function callFailureOf(thrown: unknown): CallFailure {
  if (thrown instanceof WebAPIRateLimitedError) {
    return { status: 'rate-limited', retryAfterMs: thrown.retryAfter * 1_000 };
  }
  if (thrown instanceof WebAPIPlatformError) return platformFailure(thrown);
  if (thrown instanceof WebAPIHTTPError) {
    return { status: 'unavailable', sent: 'unknown', reason: `HTTP ${thrown.statusCode}` };
  }
  if (thrown instanceof WebAPIRequestError) {
    const code = errorCodeOf(thrown.original);
    const sent = code !== undefined && neverSent.has(code) ? 'no' : 'unknown';
    return { status: 'unavailable', sent, reason: code ?? thrown.original.name };
  }
  // Among these: a timeout while the body was read, and a 429 without Retry-After.
  return {
    status: 'unavailable',
    sent: 'unknown',
    reason: thrown instanceof Error ? thrown.name : 'unknown',
  };
}

function platformFailure(thrown: WebAPIPlatformError): CallFailure {
  const { error, response_metadata: metadata } = thrown.data;
  if (error === 'ratelimited' || error === 'rate_limited') {
    const seconds = metadata?.retryAfter;
    return {
      status: 'rate-limited',
      retryAfterMs: seconds === undefined ? defaultRetryAfterMs : seconds * 1_000,
    };
  }
  if (slackTroubles.has(error)) return { status: 'unavailable', sent: 'unknown', reason: error };
  // The library passes a body that is no JSON (a proxy's page) on as the error's name.
  if (!/^[a-z0-9_.:-]{1,80}$/i.test(error)) {
    return { status: 'unavailable', sent: 'unknown', reason: 'an answer that is not Slack’s' };
  }
  return { status: 'refused', error };
}

function errorCodeOf(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const code = (error as { code?: unknown }).code;
    if (typeof code === 'string') return code;
    if (error instanceof AggregateError && error.errors.length > 0) {
      const inner = errorCodeOf(error.errors[0]);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
