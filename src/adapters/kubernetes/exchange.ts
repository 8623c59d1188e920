import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Access } from './access.ts';

/** A call to the API server, free of where it goes. All calls of the bot are safe to repeat. */
export interface Call {
  /** For messages: `list pods`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Path below the server's URL, `/api/v1/nodes`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** An answer with a body of JSON. */
export interface Answer {
  readonly code: number;
  readonly body: unknown;
  /** From the Retry-After header. */
  readonly retryAfterSeconds?: number;
}

/** What became of one call to one endpoint. `hopeless`: it would fail the same way again (certificates, keys). */
export type Exchange =
  | { readonly status: 'answered'; readonly answer: Answer }
  | { readonly status: 'failed'; readonly hopeless: boolean; readonly reason: string };

/** A page of 500 large pods has some 10 MB; more than this is not an answer to anything that is asked here. */
const largestAnswerBytes = 128 * 1024 * 1024;

/**
 * Makes one call to one endpoint; never throws. `timeoutMs` bounds it from the first packet to the last byte of the
 * answer, in real time: this is a network's time, not the program's.
 *
 * Neither client-node's typed API nor its `fetch` is used. The typed API costs four times as much on 30,000 pods (3.4 s
 * instead of 0.9 s for parsing alone) and turns a body that is not JSON into an empty object. Every call of it builds a
 * TLS connection of its own (a fresh undici Agent), and speaks HTTP/2 with an API server, where a
 * cancelled call leaves a dead connection in use; over HTTP/1.1 it is thrown away with the call that hung.
 */
export async function exchange(
  endpoint: string,
  call: Call,
  access: Access,
  agent: https.Agent,
  timeoutMs: number,
): Promise<Exchange> {
  const first = await attempt(endpoint, call, access, agent, timeoutMs);
  // The server may close an idle connection in the very moment in which it is used again (Node: request.reusedSocket).
  if (first !== 'stale') return first;
  const second = await attempt(endpoint, call, access, agent, timeoutMs);
  return second === 'stale' ? failed('the connection was closed') : second;
}

function attempt(
  endpoint: string,
  call: Call,
  access: Access,
  agent: https.Agent,
  timeoutMs: number,
): Promise<Exchange | 'stale'> {
  return new Promise((resolve) => {
    const text = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    let request: ClientRequest;
    try {
      request = https.request(urlOf(endpoint, call), {
        ...access.options,
        agent: access.proxyAgent ?? agent,
        method: call.method,
        headers: headersOf(call, access, text),
      });
    } catch (error) {
      // A key that is no key, a token with a line break in it.
      resolve(
        failed(`the call cannot be made: ${error instanceof Error ? error.message : String(error)}`, true),
      );
      return;
    }
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      request.destroy(new Error('timed out'));
    }, timeoutMs);
    const end = (outcome: Exchange | 'stale') => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const fail = (error: Error) => {
      if (timedOut) {
        end(failed(`no answer within ${timeoutMs / 1000} s`));
      } else if (request.reusedSocket && codeOf(error) === 'ECONNRESET') {
        end('stale');
      } else {
        end(failureOf(error));
      }
    };
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > largestAnswerBytes) request.destroy(new Error(`more than ${largestAnswerBytes} bytes`));
      });
      response.on('error', fail);
      response.on('end', () => {
        end(answerOf(response.statusCode ?? 0, response.headers['retry-after'], Buffer.concat(chunks)));
      });
    });
    request.end(text);
  });
}

function headersOf(call: Call, access: Access, text: Buffer | undefined): OutgoingHttpHeaders {
  const common = { ...access.headers, Accept: 'application/json', 'User-Agent': 'k8s-upgrade-bot' };
  if (!text) return common;
  return {
    ...common,
    'Content-Type': call.contentType ?? 'application/json',
    'Content-Length': text.length,
  };
}

function urlOf(endpoint: string, call: Call): URL {
  const url = new URL(endpoint.replace(/\/+$/, '') + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

function answerOf(code: number, retryAfter: string | undefined, bytes: Buffer): Exchange {
  const body = jsonOf(bytes.toString('utf8'));
  const seconds = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  // API priority and fairness turns calls away in plain text; everything else that an API server says is JSON.
  if (body === undefined && code !== 429) {
    return failed(`it answered ${code} with something that is not JSON: is this an API server?`);
  }
  return {
    status: 'answered',
    answer: { code, body, ...(Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}) },
  };
}

/** The parsed object; undefined for what is no JSON object. */
function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const codeOf = (error: Error): string => {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : '';
};

/** Codes of OpenSSL's verification and of Node's own check of the name; see Node's documentation, "TLS: X509 errors". */
const untrusted =
  /^(CERT_|CRL_|ERR_TLS_CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_)/;

function failureOf(error: Error): Exchange {
  const code = codeOf(error);
  // A dual-stack name fails with one error per address and no message of its own.
  const inner =
    error instanceof AggregateError ? error.errors.find((one) => one instanceof Error) : undefined;
  const reason = error.message || inner?.message || code || 'the connection failed';
  return untrusted.test(code) ? failed(`its certificate is not trusted: ${reason}`, true) : failed(reason);
}

const failed = (reason: string, hopeless = false): Exchange => ({ status: 'failed', hopeless, reason });
