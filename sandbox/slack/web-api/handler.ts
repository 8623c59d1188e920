import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import type { RateLimiter } from '../limits/rate.ts';
import type { CallFault } from '../state/faults.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { ApiError } from './api-error.ts';
import { Arguments } from './arguments.ts';
import { authorise, tokenOf } from './authorise.ts';
import { parseBody, readBody } from './body.ts';
import type { CallLog } from './call-log.ts';
import type { Method, MethodContext } from './method.ts';
import { methods } from './methods/index.ts';

export interface WebApi {
  readonly state: WorkspaceState;
  readonly limiter: RateLimiter;
  readonly log: CallLog;
  readonly context: MethodContext;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> | string;
  readonly headers?: Record<string, string>;
}

/** Answers POST (or GET) /api/<method>. */
export async function handleApi(
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  api: WebApi,
): Promise<void> {
  const { state, log } = api;
  const args = await argumentsOf(request);
  if (state.faults.switches.latencyMs > 0) await delay(state.faults.switches.latencyMs);
  const fault = state.faults.switches.down ? undefined : state.faults.take(name);
  if (fault?.kind === 'slow') await delay(fault.ms);
  const answer = state.faults.switches.down ? unavailable : answerCall(name, args, request, api, fault);
  log.add({
    at: state.clock.now(),
    method: name,
    channel: args instanceof Arguments && args.has('channel') ? args.text('channel') : undefined,
    status: answer.status,
    error: typeof answer.body === 'string' ? answer.body : errorOf(answer.body),
  });
  if (fault?.kind === 'lost-answer') {
    request.socket.destroy();
    return;
  }
  send(response, answer);
}

const unavailable: Answer = { status: 503, body: 'Service Unavailable' };

function answerCall(
  name: string,
  args: Arguments | ApiError,
  request: IncomingMessage,
  api: WebApi,
  fault: CallFault['how'] | undefined,
): Answer {
  if (fault?.kind === 'http') return { status: fault.status, body: 'fault' };
  if (fault?.kind === 'rate-limit') return rateLimited(fault.retryAfter);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  try {
    if (method === undefined) throw new ApiError('unknown_method', { req_method: name });
    if (args instanceof ApiError) throw args;
    authorise(method, tokenOf(request.headers.authorization, args), api.state);
    const wait = api.limiter.take(name, method.limit, limitedChannel(args));
    if (wait !== undefined) return rateLimited(wait);
    if (fault?.kind === 'error') throw new ApiError(fault.error);
    const result = method.run(args, api.state, api.context);
    return { status: 200, body: { ok: true, ...result }, headers: scopeHeaders(method, api.state) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: 200, body: { ok: false, error: error.code, ...error.extra } };
  }
}

function limitedChannel(args: Arguments): string | undefined {
  return args.has('channel') ? args.text('channel') : undefined;
}

function rateLimited(seconds: number): Answer {
  return {
    status: 429,
    body: { ok: false, error: 'ratelimited' },
    headers: { 'retry-after': String(seconds) },
  };
}

function scopeHeaders(method: Method, { app }: Pick<WorkspaceState, 'app'>): Record<string, string> {
  if (app.scopes === undefined || method.token === 'app') return {};
  return {
    'x-oauth-scopes': [...app.scopes].join(','),
    'x-accepted-oauth-scopes': method.scopes.join(','),
  };
}

async function argumentsOf(request: IncomingMessage): Promise<Arguments | ApiError> {
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  const body = await parseBody(request.headers['content-type'] ?? '', await readBody(request));
  return body.ok ? new Arguments([...query.entries(), ...body.values]) : new ApiError(body.error);
}

function errorOf(body: Record<string, unknown>): string | undefined {
  return typeof body.error === 'string' ? body.error : undefined;
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, ...headers }).end(text);
}
