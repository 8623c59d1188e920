import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { StepFailure } from '../../domain/failure.ts';
import type { Access } from './access.ts';
import { type JsonReader, listReader, wholeReader } from './json-reader.ts';
import { lineReader, type TextReader } from './text-reader.ts';

/** A call to the API server, free of where it goes. All calls of the bot are safe to repeat. */
export interface Call {
  /** For messages: `list pods`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path below the server's URL, `/api/v1/nodes`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** What is wanted in the answer; JSON of the whole where nothing is said. */
  readonly accept?: string;
  /** For an answer of plain text: takes its lines one by one and gives the answer's body. Made anew for each endpoint. */
  readonly textReader?: () => TextReader;
  /** For lists: what is kept of each item. The answer's `items` are what it gives; what it throws goes to the caller. */
  readonly keep?: (item: unknown) => unknown;
}

/** An answer with a body of JSON; without one only for the 429 of API priority and fairness, which is plain text. */
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
 * Makes one call to one endpoint; throws only what `keep` throws. `timeoutMs` bounds it from the first packet to the last
 * byte of the answer, in real time: this is a network's time, not the program's.
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

async function attempt(
  endpoint: string,
  call: Call,
  access: Access,
  agent: https.Agent,
  timeoutMs: number,
): Promise<Exchange | 'stale'> {
  let request: ClientRequest;
  try {
    request = send(endpoint, call, access, agent);
  } catch (error) {
    // A key that is no key, a token with a line break in it.
    return failed(`the call cannot be made: ${messageOf(error)}`, true);
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    request.destroy();
  }, timeoutMs);
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return await answerFrom(response, call);
  } catch (error) {
    if (error instanceof SyntaxError)
      return failed('what it answered is no JSON object: is this an API server?');
    if (error instanceof StepFailure || !isOfNetwork(error)) throw error;
    if (timedOut) return failed(`no answer within ${timeoutMs / 1000} s`);
    return request.reusedSocket && error.code === 'ECONNRESET' ? 'stale' : failureOf(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a call; the answer, or an error, comes to whoever listens to the request. */
export function send(endpoint: string, call: Call, access: Access, agent: https.Agent): ClientRequest {
  const url = new URL(endpoint + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const text = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const headers: OutgoingHttpHeaders = {
    ...access.headers,
    Accept: call.accept ?? 'application/json',
    'User-Agent': 'k8s-upgrade-bot',
    ...(text
      ? { 'Content-Type': call.contentType ?? 'application/json', 'Content-Length': text.length }
      : {}),
  };
  const options = { ...access.options, agent: access.proxyAgent ?? agent, method: call.method, headers };
  const request = https.request(url, options);
  // Whoever waits for the response hears of the first error; a second one must not end the process.
  request.on('error', () => undefined);
  request.end(text);
  return request;
}

/** Reads the whole answer. Throws what `keep` throws, SyntaxError, and errors of the connection. */
export async function answerFrom(response: IncomingMessage, call: Call): Promise<Exchange> {
  const { statusCode: code = 0, headers } = response;
  const reader = code === 200 ? readerFor(call) : wholeReader();
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestAnswerBytes) throw new SyntaxError(`more than ${largestAnswerBytes} bytes`);
    reader.push(chunk);
  }
  const body = code === 429 ? orNothing(() => reader.end()) : reader.end();
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const pause = Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {};
  return { status: 'answered', answer: { code, body, ...pause } };
}

function readerFor(call: Call): JsonReader {
  if (call.textReader) return lineReader(call.textReader());
  return call.keep ? listReader(call.keep) : wholeReader();
}

function orNothing(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

type NetworkError = Error & { readonly code: string };

/** Errors of sockets, TLS and the HTTP parser have a code; a defect of the program has none. */
export function isOfNetwork(error: unknown): error is NetworkError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Codes of OpenSSL's verification and of Node's own check of the name; see Node's documentation, "TLS: X509 errors". */
const untrusted =
  /^(CERT_|CRL_|ERR_TLS_CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_)/;

export function failureOf(error: NetworkError): Extract<Exchange, { status: 'failed' }> {
  // A dual-stack name fails with one error per address and no message of its own.
  const [inner] = error instanceof AggregateError ? error.errors.map(messageOf) : [];
  const reason = error.message || inner || error.code;
  return untrusted.test(error.code)
    ? failed(`its certificate is not trusted: ${reason}`, true)
    : failed(reason);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const failed = (reason: string, hopeless = false) => ({ status: 'failed', hopeless, reason }) as const;
