import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Authority } from './certificates.ts';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** An answer: a code and JSON, or something that an API server would never say. */
export type Reply =
  | { readonly code: number; readonly json: unknown; readonly headers?: Record<string, string> }
  | { readonly code: number; readonly text: string; readonly headers?: Record<string, string> }
  | 'hang'
  /** Sends its answer byte by byte, and never comes to an end. */
  | 'trickle'
  | 'cut'
  | 'cut-midway';

export type Handler = (request: SeenRequest) => Reply;

export interface TestApiServer {
  readonly url: string;
  readonly requests: SeenRequest[];
  /** Connections that were opened so far. */
  readonly connections: () => number;
  answerWith(handler: Handler): void;
  /** Stops listening and cuts what is open. */
  stop(): Promise<void>;
}

/** An HTTPS server of the tests' own on loopback. It knows nothing of Kubernetes: `handler` says what it answers. */
export async function startApiServer(
  authority: Authority,
  handler: Handler,
  certificate: Parameters<Authority['issue']>[0] = {},
): Promise<TestApiServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let opened = 0;
  let answer = handler;
  const server = https.createServer(await authority.issue(certificate), (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'https://server');
      const text = Buffer.concat(chunks).toString('utf8');
      const seen: SeenRequest = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: incoming.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
      requests.push(seen);
      const reply = answer(seen);
      if (reply === 'hang') return;
      if (reply === 'trickle') {
        response.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(drip));
        return;
      }
      if (reply === 'cut') {
        incoming.socket.destroy();
        return;
      }
      if (reply === 'cut-midway') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"kind":"PodList","items":[', () => incoming.socket.destroy());
        return;
      }
      const body = 'json' in reply ? JSON.stringify(reply.json) : reply.text;
      const type = 'json' in reply ? 'application/json' : 'text/plain';
      response.writeHead(reply.code, { 'content-type': type, ...reply.headers });
      response.end(body);
    });
  });
  server.on('connection', (socket: Socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  // Handshakes that the client breaks off are what some tests are about.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    requests,
    connections: () => opened,
    answerWith(next) {
      answer = next;
    },
    async stop() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A meta/v1 Status, as an API server says no. */
export function status(
  code: number,
  reason: string,
  message: string,
  details: object = {},
): { code: number; json: unknown } {
  return {
    code,
    json: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      details,
      code,
    },
  };
}
