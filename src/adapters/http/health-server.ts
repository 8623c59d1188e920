import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What readiness is made of: each part ready or not, with the reason why not. */
export type Readiness = Readonly<Record<string, { readonly ready: boolean; readonly detail: string }>>;

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (the process lives and its event loop turns: 200 always) and `/readyz` (200 only when every part is
 * ready; 503 with the parts otherwise). Nothing else, and nothing that changes anything.
 * @param readiness never rejects
 */
export async function serveHealth(
  address: string,
  port: number,
  readiness: () => Readiness | Promise<Readiness>,
): Promise<HealthServer> {
  const answerReadiness = async (answer: (status: number, body: unknown) => void): Promise<void> => {
    const parts = await readiness();
    const ready = Object.values(parts).every((part) => part.ready);
    answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', parts });
  };
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, { error: 'only GET' });
    const [path = ''] = (request.url ?? '').split('?');
    switch (path) {
      case '/healthz':
        return answer(200, { status: 'alive' });
      case '/readyz':
        return void answerReadiness(answer);
      default:
        return answer(404, { error: 'there are /healthz and /readyz' });
    }
  });
  server.requestTimeout = 5_000;
  await listen(server, port, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve());
  });
}
