import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject } from '../limits/problem.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { readBody } from '../web-api/body.ts';
import { applyResponse } from './respond.ts';

/** Answers POST /respond/<key>: what an app sends to a response_url. */
export async function handleResponseUrl(
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  state: WorkspaceState,
): Promise<void> {
  const body = parse(await readBody(request));
  const reply = (status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  };
  if (state.faults.switches.down) return reply(503, 'Service Unavailable');
  if (body === undefined) return reply(400, 'invalid_payload');
  const use = state.responseUrls.use(key);
  if (!use.ok) return reply(404, use.error);
  const responded = applyResponse(body, use.target, state);
  return responded.ok ? reply(200, 'ok') : reply(400, responded.error);
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body.toString('utf8')) as unknown;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
