import { timingSafeEqual } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';

import ssh2, {
  type AuthContext,
  type Connection,
  type ParsedKey,
  type ServerChannel,
  type Session,
} from 'ssh2';

import type { Machine } from '../model/machine.ts';
import { sshUser } from '../model/node-files.ts';
import type { Shells } from '../shell/shell.ts';
import type { SshKey } from './keys.ts';

/** MaxSessions of sshd_config(5). */
const maxSessions = 10;
/** How long a command waits for its standard input when the client neither writes nor closes it, in real milliseconds. */
const stdinPatience = 2_000;
/** The same for a command that by its looks reads standard input. */
const readerPatience = 3_000;
const readsStdin =
  /(^|[\s;|&'])(cat\s*(>|-\s|$)|cat\s+>|tee\b|dd\b|while read|read -r|(ba)?sh -s|base64 -d)|\/dev\/stdin|tar\s+-?\w*x/;
/** Once input has begun it is waited for to its end, this long at most without a byte. */
const stdinSilence = 2_000;

/**
 * sshd of one machine. Commands of a connection die with it, as they do for want of a terminal to write to; transient
 * units belong to systemd and go on.
 */
export class SshServer {
  readonly #machine: Machine;
  readonly #shells: Shells;
  readonly #server: InstanceType<typeof ssh2.Server>;
  readonly #allowed: ParsedKey;
  readonly #connections = new Set<Connection>();
  readonly #unsubscribe: (() => void)[];

  constructor(machine: Machine, shells: Shells, hostKey: SshKey, clientKey: SshKey) {
    this.#machine = machine;
    this.#shells = shells;
    this.#allowed = parsed(clientKey.public);
    this.#server = new ssh2.Server(
      { hostKeys: [hostKey.private], ident: 'OpenSSH_9.2p1 Debian-2+deb12u7' },
      (client) => this.#accept(client),
    );
    this.#unsubscribe = [
      machine.onDown(() => this.cut()),
      machine.world.faults.onChange(() => {
        if (this.#refuses()) this.cut();
      }),
    ];
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()));
  }

  /** Breaks every open connection without a word. */
  cut(): void {
    for (const connection of this.#connections) destroy(connection);
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.end();
    const timer = setTimeout(() => this.cut(), 300);
    await closed;
    clearTimeout(timer);
  }

  #refuses(): boolean {
    return (
      !this.#machine.up || this.#machine.world.faults.on('ssh-refused', this.#machine.name) !== undefined
    );
  }

  #accept(client: Connection): void {
    client.on('error', () => {});
    if (this.#refuses()) {
      destroy(client);
      return;
    }
    this.#connections.add(client);
    socketOf(client)?.setNoDelay(true);
    const gone = new AbortController();
    client.on('close', () => {
      this.#connections.delete(client);
      gone.abort(new Error('connection lost'));
    });
    client.on('authentication', (context) => this.#authenticate(context));
    client.on('ready', () => {
      let open = 0;
      client.on('session', (accept, reject) => {
        if (open >= maxSessions) {
          reject();
          return;
        }
        open += 1;
        const session = accept();
        session.on('close', () => {
          open -= 1;
        });
        this.#session(session, client, gone.signal);
      });
    });
  }

  #authenticate(context: AuthContext): void {
    if (context.method !== 'publickey' || context.username !== sshUser) {
      context.reject(['publickey']);
      return;
    }
    const { key, signature, blob, hashAlgo } = context;
    const wanted = this.#allowed.getPublicSSH();
    const same = key.data.length === wanted.length && timingSafeEqual(key.data, wanted);
    const proven =
      signature === undefined || blob === undefined || this.#allowed.verify(blob, signature, hashAlgo);
    if (same && proven) context.accept();
    else context.reject(['publickey']);
  }

  #session(session: Session, client: Connection, gone: AbortSignal): void {
    const env: Record<string, string> = {};
    session.on('env', (accept, _reject, { key, val }) => {
      if (/^(LANG|LC_.*)$/.test(key)) env[key] = val;
      accept?.();
    });
    session.on('exec', (accept, _reject, { command }) => {
      const channel = accept();
      this.#exec(channel, command, env, client, gone).catch(() => channel.close());
    });
    session.on('shell', (_accept, reject) => reject?.());
    session.on('sftp', (_accept, reject) => reject?.());
  }

  async #exec(
    channel: ServerChannel,
    command: string,
    env: Record<string, string>,
    client: Connection,
    gone: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    channel.on('close', () => stop.abort(new Error('channel closed')));
    channel.on('error', () => {});
    const drop = this.#machine.world.faults.on('ssh-drop', this.#machine.name);
    if (drop !== undefined) {
      const after = Number(drop.afterSeconds ?? 5) * 1_000;
      void this.#machine.clock.sleep(after, gone).then(
        () => destroy(client),
        () => {},
      );
    }
    const stdin = await input(
      channel,
      readsStdin.test(command) ? readerPatience : stdinPatience,
      stop.signal,
    );
    const signal = AbortSignal.any([stop.signal, gone]);
    const result = await this.#shells.line(command, { user: sshUser, stdin, env, signal });
    if (signal.aborted) return;
    await written(channel, result.stdout);
    await written(channel.stderr, result.stderr);
    channel.exit(result.code);
    channel.end();
  }
}

function written(stream: NodeJS.WritableStream, data: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (data.length === 0) resolve();
    else stream.write(data, () => resolve());
  });
}

/** The client's standard input: to its end, or nothing when it never begins. */
async function input(channel: ServerChannel, patience: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    let timer = setTimeout(resolve, patience);
    channel.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(resolve, stdinSilence);
    });
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    channel.on('end', end);
    signal.addEventListener('abort', end, { once: true });
  });
  return Buffer.concat(chunks);
}

function parsed(key: string): ParsedKey {
  const found = ssh2.utils.parseKey(key);
  if (found instanceof Error) throw found;
  return Array.isArray(found) ? (found[0] as ParsedKey) : found;
}

/** ssh2 ends connections politely; a cut cable does not. */
function destroy(connection: Connection): void {
  const socket = socketOf(connection);
  if (socket === undefined) connection.end();
  else socket.destroy();
}

function socketOf(connection: Connection): Socket | undefined {
  // oxlint-disable-next-line no-underscore-dangle -- ssh2 shows the socket of a connection by no other name
  return (connection as unknown as { _sock?: Socket })._sock;
}
