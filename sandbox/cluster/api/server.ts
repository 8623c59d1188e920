import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import type { ClusterModel } from '../model/cluster.ts';
import { ApiError, badRequest } from './errors.ts';
import { authenticate } from './identity.ts';
import type { Answer } from './request.ts';
import { route, type TextAnswer } from './router.ts';
import { Watch } from './watch.ts';

const bodyLimit = 3 * 1024 * 1024;

export interface ServingFiles {
  key: string;
  certificate: string;
  ca: string;
}

/**
 * The kube-apiserver of one control plane. It listens only while its static pod runs: otherwise connections are refused
 * and open ones are cut. While its etcd member is away, requests hang as they do on a real one.
 */
export class ApiServer {
  readonly node: string;
  readonly #model: ClusterModel;
  readonly #files: ServingFiles;
  readonly #tokens: ReadonlyMap<string, string>;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<Watch>();
  #server: Server | undefined;
  #port = 0;
  #flushing = false;
  #stopped = false;
  #wake: (() => void)[] = [];
  #unsubscribe: (() => void)[] = [];
  #moving: Promise<void> = Promise.resolve();

  constructor(model: ClusterModel, node: string, files: ServingFiles, tokens: ReadonlyMap<string, string>) {
    this.#model = model;
    this.node = node;
    this.#files = files;
    this.#tokens = tokens;
  }

  /** The port on 127.0.0.1; the same for the server's whole life. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    await this.#listen();
    const { store, faults } = this.#model;
    this.#unsubscribe = [
      this.#model.onControlPlaneChange(() => this.#follow()),
      faults.onChange(() => this.#follow()),
      store.onChange(() => this.#flushSoon()),
    ];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#resume();
    await this.#moving;
    await this.#close();
  }

  #follow(): void {
    this.#moving = this.#move(this.#moving);
  }

  async #move(before: Promise<void>): Promise<void> {
    await before;
    const state = this.#model.apiState(this.node);
    if (this.#stopped || state === 'down') {
      this.#resume();
      await this.#close();
      return;
    }
    if (this.#server === undefined) await this.#listen();
    if (state === 'serving') this.#resume();
  }

  async #listen(): Promise<void> {
    const { key, certificate, ca } = this.#files;
    const server = createServer(
      { key, cert: certificate, ca, requestCert: true, rejectUnauthorized: false },
      (request, response) => void this.#handle(request, response),
    );
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('tlsClientError', () => {});
    server.keepAliveTimeout = 60_000;
    for (let attempt = 0; ; attempt++) {
      try {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(this.#port, '127.0.0.1', () => {
            server.off('error', reject);
            resolve();
          });
        });
        break;
      } catch (error) {
        if (attempt >= 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#model.apiStarted(this.node);
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#model.deprecatedUses.delete(this.node);
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #resume(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
    this.#flushSoon();
  }

  async #serving(): Promise<void> {
    while (!this.#stopped && this.#model.apiState(this.node) === 'hanging') {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      const url = new URL(request.url ?? '/', 'https://localhost');
      const user = authenticate(request, url.pathname, this.#tokens);
      await this.#serving();
      if (response.destroyed) return;
      const site = { model: this.#model, node: this.node };
      const answer = route(site, request, response, url, user, body);
      if (answer instanceof Watch) {
        if (!answer.ended) this.#watches.add(answer);
        response.on('close', () => this.#watches.delete(answer));
      } else send(request, response, url, answer);
    } catch (error) {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      const known =
        error instanceof ApiError
          ? error
          : new ApiError(500, 'InternalError', `Internal error occurred: ${String(error)}`);
      const url = new URL('/', 'https://localhost');
      send(request, response, url, { code: known.code, body: known.status(), headers: known.headers });
    }
  }

  #flushSoon(): void {
    if (this.#flushing || this.#watches.size === 0) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (this.#stopped || this.#model.apiState(this.node) !== 'serving') return;
      for (const watch of this.#watches) watch.flush();
    });
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  answer: Answer | TextAnswer,
): void {
  if ('text' in answer) {
    response.writeHead(answer.code, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(answer.text);
    return;
  }
  // As the API server: pretty for people with curl or a browser, compact for programs.
  const pretty =
    url.searchParams.get('pretty') === 'true' ||
    /^(curl|Wget|Mozilla)/.test(request.headers['user-agent'] ?? '');
  response.writeHead(answer.code, {
    'Cache-Control': 'no-cache, private',
    'Content-Type': 'application/json',
    ...answer.headers,
  });
  response.end(`${JSON.stringify(answer.body, undefined, pretty ? 2 : undefined)}\n`);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit)
      throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  const text = Buffer.concat(chunks).toString('utf8');
  const type = request.headers['content-type'] ?? '';
  if (type.includes('yaml')) return text;
  if (type.includes('protobuf') || type.includes('cbor')) {
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest(
      "the object provided is unrecognized (must be of type Object): couldn't get version/kind; json parse error: invalid character",
    );
  }
}
