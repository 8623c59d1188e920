import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import type { ClusterModel } from '../model/cluster.ts';
import type { ApiServer } from './server.ts';

/**
 * What stands before the control planes at k8s-api:6443: gives new connections to those whose kube-apiserver is ready. A
 * connection stays where it is, also while that kube-apiserver hangs; it ends with it.
 */
export class LoadBalancer {
  readonly #model: ClusterModel;
  readonly #servers: readonly ApiServer[];
  readonly #server: Server;
  readonly #open = new Map<Socket, string>();
  #turn = 0;
  #unsubscribe: () => void = () => {};

  constructor(model: ClusterModel, servers: readonly ApiServer[]) {
    this.#model = model;
    this.#servers = servers;
    this.#server = createServer((client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#unsubscribe = this.#model.onControlPlaneChange(() => this.#drop());
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    for (const socket of this.#open.keys()) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    client.on('error', () => client.destroy());
    const ready = this.#servers.filter(({ node }) => this.#model.apiState(node) === 'serving');
    const target = ready[this.#turn++ % Math.max(1, ready.length)];
    if (target === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(target.port, '127.0.0.1');
    this.#open.set(client, target.node);
    const end = () => {
      this.#open.delete(client);
      client.destroy();
      upstream.destroy();
    };
    client.on('close', end);
    upstream.on('close', end);
    upstream.on('error', end);
    client.pipe(upstream);
    upstream.pipe(client);
  }

  #drop(): void {
    for (const [socket, node] of this.#open) if (this.#model.apiState(node) === 'down') socket.destroy();
  }
}
