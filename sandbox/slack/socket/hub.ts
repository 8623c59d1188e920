import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { WebSocket, WebSocketServer } from 'ws';

import { type RequestUrl, sendRequest } from '../http/send-request.ts';
import { secret } from '../state/ids.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import type { AckRecord } from './acks.ts';
import { Acks } from './acks.ts';
import { readAck } from './read-ack.ts';

/** Slack waits 3 seconds for the acknowledgement of an envelope. */
export const ackDeadlineMs = 3_000;
/** Slack: at most 10 sockets of one app; any of them gets each envelope. */
const maxSockets = 10;
const pingEveryMs = 10_000;
const ticketLifetimeMs = 30_000;
const goodbyeMs = 250;
/** A late acknowledgement changes nothing, but it is measured if it comes within this time. */
const lateAckMs = 60_000;

export type EnvelopeType = 'slash_commands' | 'interactive' | 'events_api';

export interface Envelope {
  readonly type: EnvelopeType;
  readonly payload: Record<string, unknown>;
  readonly retry?: { readonly attempt: number; readonly reason: string };
}

export type Delivery =
  | { readonly status: 'acked'; readonly ms: number; readonly payload: Record<string, unknown> }
  | { readonly status: 'timed-out'; readonly afterMs: number }
  | { readonly status: 'no-socket' };

/** Why Slack asks an app to connect anew. */
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled';

interface Waiting {
  readonly record: AckRecord;
  readonly started: number;
  readonly settle: (delivery: Delivery) => void;
}

/** Socket Mode: the app's sockets, and the envelopes that wait for an acknowledgement. */
export class SocketHub {
  readonly acks = new Acks();
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #sockets: WebSocket[] = [];
  readonly #tickets = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #state: Pick<WorkspaceState, 'app' | 'changes' | 'clock' | 'faults'>;
  #turn = 0;
  #requestUrl: RequestUrl | undefined;

  constructor(state: Pick<WorkspaceState, 'app' | 'changes' | 'clock' | 'faults'>) {
    this.#state = state;
    state.changes.subscribe((change) => {
      if (change.kind === 'faults' && state.faults.switches.down) this.drop();
    });
  }

  get count(): number {
    return this.#sockets.length;
  }

  /** A ticket lets one socket in, within 30 seconds. */
  issueTicket(): string {
    const ticket = secret(16);
    this.#tickets.set(ticket, Date.now() + ticketLifetimeMs);
    return ticket;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
    const expires = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (this.#state.faults.switches.down || expires === undefined || expires < Date.now()) {
      socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (accepted) => this.#welcome(accepted));
  }

  /** From now on envelopes are sent to this address, signed, and not over a socket. */
  deliverTo(requestUrl: RequestUrl): void {
    this.#requestUrl = requestUrl;
  }

  /** Sends an envelope to one of the sockets and waits, at most 3 seconds, for its acknowledgement. */
  deliver(envelope: Envelope): Promise<Delivery> {
    if (this.#requestUrl !== undefined) return this.#request(this.#requestUrl, envelope);
    const socket = this.#nextSocket();
    if (socket === undefined) return Promise.resolve({ status: 'no-socket' });
    const envelopeId = crypto.randomUUID();
    const record: AckRecord = {
      envelopeId,
      type: envelope.type,
      at: this.#state.clock.now(),
      ms: undefined,
      inTime: false,
      deliveries: 1,
    };
    this.acks.add(record);
    const body = JSON.stringify({
      envelope_id: envelopeId,
      type: envelope.type,
      accepts_response_payload: envelope.type !== 'events_api',
      payload: envelope.payload,
      ...(envelope.retry === undefined
        ? {}
        : { retry_attempt: envelope.retry.attempt, retry_reason: envelope.retry.reason }),
    });
    return new Promise((resolve) => {
      const timer = this.after(ackDeadlineMs, () => {
        resolve({ status: 'timed-out', afterMs: ackDeadlineMs });
        this.after(lateAckMs, () => this.#waiting.delete(envelopeId));
      });
      const settle = (delivery: Delivery): void => {
        this.#cancel(timer);
        resolve(delivery);
      };
      this.#waiting.set(envelopeId, { record, started: performance.now(), settle });
      socket.send(body);
      if (this.#state.faults.switches.redeliver) {
        record.deliveries += 1;
        (this.#nextSocket() ?? socket).send(body);
      }
    });
  }

  /** Tells every socket to reconnect, as Slack does when it recycles a host. */
  disconnect(reason: DisconnectReason): void {
    for (const socket of this.#sockets) {
      socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'sandbox' } }));
    }
  }

  /** Cuts every socket without a word. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Runs something later unless the hub is closed before. */
  after(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  /** Says goodbye to every socket, and cuts those that do not answer. */
  async close(): Promise<void> {
    const leaving = this.#sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          const cut = setTimeout(() => socket.terminate(), goodbyeMs);
          socket.once('close', () => {
            clearTimeout(cut);
            resolve();
          });
          socket.close(1001);
        }),
    );
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const { settle } of this.#waiting.values()) settle({ status: 'no-socket' });
    this.#server.close();
    await Promise.all(leaving);
  }

  async #request(requestUrl: RequestUrl, envelope: Envelope): Promise<Delivery> {
    const { down, redeliver } = this.#state.faults.switches;
    if (down) return { status: 'no-socket' };
    const send = (sent: Envelope) => sendRequest(requestUrl, sent, ackDeadlineMs);
    const again = { ...envelope, retry: { attempt: 1, reason: 'http_timeout' } };
    const [delivery] = await Promise.all([send(envelope), ...(redeliver ? [send(again)] : [])]);
    return delivery;
  }

  #welcome(socket: WebSocket): void {
    if (this.#sockets.length >= maxSockets) {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
      socket.close();
      return;
    }
    this.#sockets.push(socket);
    const ping = setInterval(() => socket.ping(), pingEveryMs);
    ping.unref();
    socket.on('message', (data: Buffer) => this.#acknowledged(data));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(ping);
      const index = this.#sockets.indexOf(socket);
      if (index >= 0) this.#sockets.splice(index, 1);
      this.#state.changes.announce({ kind: 'sockets' });
    });
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#sockets.length,
        connection_info: { app_id: this.#state.app.id },
        debug_info: { host: 'sandbox', approximate_connection_time: 18_060 },
      }),
    );
    this.#state.changes.announce({ kind: 'sockets' });
  }

  #acknowledged(data: Buffer): void {
    const ack = readAck(data);
    const waiting = ack === undefined ? undefined : this.#waiting.get(ack.envelopeId);
    if (ack === undefined || waiting === undefined) return;
    this.#waiting.delete(ack.envelopeId);
    const ms = performance.now() - waiting.started;
    waiting.record.ms = ms;
    waiting.record.inTime = ms <= ackDeadlineMs;
    waiting.settle({ status: 'acked', ms, payload: ack.payload });
  }

  #nextSocket(): WebSocket | undefined {
    const open = this.#sockets.filter((socket) => socket.readyState === WebSocket.OPEN);
    this.#turn += 1;
    return open[this.#turn % Math.max(1, open.length)];
  }

  #cancel(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }
}
