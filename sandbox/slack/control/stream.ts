import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Change } from '../state/changes.ts';
import { fromElsewhere } from './handler.ts';
import type { Control } from './routes.ts';

/** Changes of the same moment are sent together. */
const gatherMs = 40;
const keepAliveMs = 15_000;

/** Answers GET /changes: server-sent events, each a JSON list of what has changed. */
export function streamChanges(
  request: IncomingMessage,
  response: ServerResponse,
  { state }: Pick<Control, 'state'>,
): Promise<void> {
  if (fromElsewhere(request)) {
    response.writeHead(403).end();
    return Promise.resolve();
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  let gathered: Change[] = [];
  let timer: NodeJS.Timeout | undefined;
  const unsubscribe = state.changes.subscribe((change) => {
    gathered.push(change);
    timer ??= setTimeout(() => {
      response.write(`data: ${JSON.stringify(gathered)}\n\n`);
      gathered = [];
      timer = undefined;
    }, gatherMs);
  });
  const keepAlive = setInterval(() => response.write(': still here\n\n'), keepAliveMs);
  response.on('close', () => {
    unsubscribe();
    clearTimeout(timer);
    clearInterval(keepAlive);
  });
  return Promise.resolve();
}
