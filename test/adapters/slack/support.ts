import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

export interface Call {
  readonly method: string;
  readonly params: URLSearchParams;
  readonly body: string;
}

type Answer = (call: Call, response: ServerResponse) => void;

/** A Web API of a test's own: answers as told, and remembers what was asked. */
export async function webApi(answer: Answer) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const call = {
        method: (request.url ?? '').replace('/api/', ''),
        params: new URLSearchParams(body),
        body,
      };
      calls.push(call);
      return answer(call, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  };
  open.push(close);
  return { apiUrl: `http://127.0.0.1:${port}/api/`, calls, close };
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Answer => {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
};

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
