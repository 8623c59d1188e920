import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { handleControl } from './control/handler.ts';
import type { Control } from './control/routes.ts';
import { streamChanges } from './control/stream.ts';
import type { PageFiles } from './page-files/index.ts';
import { handleResponseUrl } from './people/response-url-handler.ts';
import { BodyTooLarge } from './web-api/body.ts';
import type { WebApi } from './web-api/handler.ts';
import { handleApi } from './web-api/handler.ts';
import { handleDownload, handleUpload } from './web-api/upload.ts';

export interface ServerParts {
  readonly api: WebApi;
  readonly control: Control;
  readonly page: PageFiles;
}

export interface Listening {
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * One HTTP server for everything: the Web API, the sockets, response URLs, uploads, the control API and the page.
 * It listens on loopback only.
 */
export async function listen(port: number, parts: (origin: string) => ServerParts): Promise<Listening> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const given = parts(origin);
  server.on('request', (request, response) => {
    answer(request, response, given).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else response.writeHead(error instanceof BodyTooLarge ? 413 : 500).end(String(error));
    });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (request.url?.startsWith('/link/') === true) given.control.hub.upgrade(request, socket, head);
    else socket.destroy();
  });
  return { origin, close: () => closeServer(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: ServerParts): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, area = '', rest = ''] = /^\/([^/]*)\/?(.*)$/.exec(pathname) ?? [];
  switch (area) {
    case 'api':
      return handleApi(rest, request, response, parts.api);
    case 'respond':
      return handleResponseUrl(rest, request, response, parts.api.state);
    case 'upload':
      return handleUpload(rest.replace(/^v1\//, ''), request, response, parts.api.state);
    case 'files':
      return handleDownload(rest, response, parts.api.state);
    case 'control':
      return handleControl(rest, request, response, parts.control);
    case 'changes':
      return streamChanges(request, response, parts.control);
    default:
      return parts.page.serve(pathname, response);
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
