import type { IncomingMessage, ServerResponse } from 'node:http';

import { z } from 'zod';

import { PersonError } from '../people/person-error.ts';
import { readBody } from '../web-api/body.ts';
import type { Control } from './routes.ts';
import { routes } from './routes.ts';

/** Answers POST /control/<name>. Errors are `{error: {code, message}}` with a 4xx status. */
export async function handleControl(
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  control: Control,
): Promise<void> {
  const reply = (status: number, body: unknown): void => {
    if (response.destroyed) return;
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(body));
  };
  const failed = (status: number, code: string, message: string, details = {}): void =>
    reply(status, { error: { code, message, ...details } });

  if (fromElsewhere(request)) return failed(403, 'foreign_origin', 'only the page itself may do this');
  const run = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (run === undefined) {
    return failed(404, 'no_such_route', `there is no ${name}; there are ${Object.keys(routes).join(', ')}`);
  }
  if (request.method !== 'POST') return failed(405, 'post_only', 'use POST with a JSON body');

  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const body = (await readBody(request)).toString('utf8');
    reply(200, await run(body === '' ? {} : JSON.parse(body), control, gone.signal));
  } catch (error) {
    if (error instanceof PersonError) failed(422, error.code, error.message, error.details);
    else if (error instanceof z.ZodError) failed(400, 'bad_request', z.prettifyError(error));
    else if (error instanceof SyntaxError) failed(400, 'bad_json', error.message);
    else failed(500, 'failed', error instanceof Error ? error.message : String(error));
  }
}

/** Loopback is no protection against other pages in the same browser: those name their own origin, or another host. */
export function fromElsewhere(request: IncomingMessage): boolean {
  const { origin, host = '' } = request.headers;
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) return true;
  return origin !== undefined && origin !== `http://${host}`;
}
