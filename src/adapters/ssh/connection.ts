import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { NodeSSH } from 'node-ssh';
import pLimit from 'p-limit';
import type { Client } from 'ssh2';
import { StepFailure } from '../../domain/failure.ts';
import { type OpenChannel, watched } from './channel-end.ts';
import { hostKeyAlgorithms } from './host-key.ts';
import { createHostKeyCheck, type HostKeyCheck, type HostKeySubject } from './host-key-check.ts';
import type { Login } from './login.ts';

/** sshd's MaxSessions is 10 by default; two are left for people. */
const channelsAtOnce = 8;

/** Two seconds of patience with an sshd that has no session free just now. */
const refusalsBorne = 20;
const refusalPauseMs = 100;

/** Unanswered keepalives after which a connection counts as lost. */
const keepalivesMissed = 3;

/** A machine to connect to. */
export interface Target extends HostKeySubject {
  readonly login: Login;
  readonly connectTimeoutSeconds: number;
  readonly keepaliveSeconds: number;
  /** A stream that leads there, through a bastion; absent: TCP. */
  readonly sock?: Duplex;
}

/** One SSH connection whose host key was accepted and whose login succeeded. */
export interface Connection {
  isOpen(): boolean;
  /** Fires once, when the connection is gone for whatever reason. */
  onClose(listener: () => void): void;
  /** Runs `work` on a channel that executes the line; at most 8 at a time, others wait for their turn. */
  withChannel<T>(line: string, work: (opened: OpenChannel) => Promise<T>): Promise<T>;
  /** A stream to a host and port as the machine itself reaches them (ProxyJump). */
  forward(host: string, port: number): Promise<Duplex>;
  close(): void;
}

/**
 * Thrown by withChannel when the command cannot have begun: the connection was gone before it was asked for. To everybody
 * who does not try again it is an unreachable machine.
 */
export class NotSent extends StepFailure {}

/**
 * Connects, checks the host key and logs in. Throws StepFailure ssh.unreachable, ssh.host-key-unknown,
 * ssh.host-key-changed, ssh.host-key-revoked or ssh.authentication-failed.
 */
export async function connect(target: Target): Promise<Connection> {
  const check = await createHostKeyCheck(target);
  const ssh = new NodeSSH();
  const connecting = ssh.connect({
    ...target.login,
    ...(target.sock ? { sock: target.sock } : { host: target.host, port: target.port }),
    readyTimeout: target.connectTimeoutSeconds * 1_000,
    keepaliveInterval: target.keepaliveSeconds * 1_000,
    keepaliveCountMax: keepalivesMissed,
    algorithms: { serverHostKey: hostKeyAlgorithms(check.types) },
    hostVerifier: (key: Buffer) => check.verify(key),
  });
  const client = ssh.connection;
  // node-ssh takes its own listener away after "ready"; without one a later socket error would end the process.
  client?.on('error', () => undefined);
  try {
    await connecting;
  } catch (error) {
    client?.destroy();
    throw await failureOfConnect(target, check, error);
  }
  if (!client) throw unreachable(target, 'the connection closed at once');
  client.setNoDelay(true);
  return kept(client, target, ssh.isConnected());
}

function kept(client: Client, target: Target, connected: boolean): Connection {
  let open = connected;
  const limit = pLimit(channelsAtOnce);
  client.once('close', () => {
    open = false;
  });
  const channel = (line: string) =>
    new Promise<OpenChannel>((resolve, reject) => {
      try {
        client.exec(line, (error, opened) => {
          if (error) reject(unreachable(target, error.message, error));
          else resolve(watched(opened));
        });
      } catch (error) {
        // ssh2 throws "Not connected" when the socket is already gone.
        const { code, message, facts } = unreachable(target, 'the connection was lost');
        reject(new NotSent(code, message, { facts, cause: error }));
      }
    });
  /** A channel that was refused has run nothing: sshd may count one that has just ended for a moment longer. */
  const channelInTime = async (line: string): Promise<OpenChannel> => {
    for (let refused = 0; ; refused += 1) {
      try {
        return await channel(line);
      } catch (error) {
        if (!open || refused >= refusalsBorne || !wasRefused(error)) throw error;
        await delay(refusalPauseMs);
      }
    }
  };
  return {
    isOpen: () => open,
    onClose(listener) {
      if (open) client.once('close', listener);
      else listener();
    },
    withChannel: (line, work) => limit(async () => work(await channelInTime(line))),
    forward: (host, port) =>
      new Promise((resolve, reject) => {
        client.forwardOut('127.0.0.1', 0, host, port, (error, stream) => {
          if (error) {
            reject(
              unreachable(
                { ...target, host, port },
                `${target.name} cannot reach it: ${error.message}`,
                error,
              ),
            );
          } else resolve(stream);
        });
      }),
    close() {
      client.end();
      // The other side may be gone without a word: do not wait for its answer.
      setTimeout(() => client.destroy(), 1_000).unref();
    },
  };
}

function wasRefused(error: unknown): boolean {
  return error instanceof StepFailure && /Channel open failure/.test(error.message);
}

/**
 * node-ssh says only that there was no answer when the machine hangs up in the middle of the login. PAM makes sshd do that:
 * with a key that is right, while the machine still boots (pam_nologin) and for an account that is locked or expired.
 */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === 'No response from server'
    ? 'it closed the connection during the login; it may still boot, or the account is locked or expired'
    : message;
}

/** What ssh2 says of where an error comes from. */
const levelOf = (error: unknown) => (error as { level?: string } | undefined)?.level;

async function failureOfConnect(target: Target, check: HostKeyCheck, error: unknown): Promise<StepFailure> {
  const refusal = check.refusal();
  if (refusal) return refusal;
  const message = reasonOf(error);
  const level = levelOf(error);
  if (level === 'client-authentication' || level === 'agent') {
    const { username, agent } = target.login;
    return new StepFailure(
      'ssh.authentication-failed',
      `${target.name} (${target.host}, port ${target.port}) does not let ${username} in: ${message}`,
      {
        facts: { host: target.host, user: username, ...(agent === undefined ? {} : { agent }) },
        cause: error,
      },
    );
  }
  if (/no matching host key format/i.test(message) && check.types.length > 0 && !target.sock) {
    return (await refusalOfOtherType(target)) ?? unreachable(target, message, error);
  }
  return unreachable(target, message, error);
}

/** Known by another type of key than it now has: looks at the key that it shows, only to name it. */
async function refusalOfOtherType(target: Target): Promise<StepFailure | undefined> {
  const check = await createHostKeyCheck(target);
  const ssh = new NodeSSH();
  const connecting = ssh.connect({
    username: target.login.username,
    host: target.host,
    port: target.port,
    readyTimeout: target.connectTimeoutSeconds * 1_000,
    algorithms: { serverHostKey: hostKeyAlgorithms([]) },
    hostVerifier: (key: Buffer) => check.verify(key) && false,
  });
  ssh.connection?.on('error', () => undefined);
  await connecting.catch(() => undefined);
  ssh.dispose();
  return check.refusal();
}

/** The failure of a machine that cannot be reached, or no longer. */
export function unreachable(
  target: Pick<Target, 'name' | 'host' | 'port'>,
  reason: string,
  cause?: unknown,
): StepFailure {
  return new StepFailure(
    'ssh.unreachable',
    `${target.name} (${target.host}, port ${target.port}) cannot be reached over SSH: ${reason}`,
    { facts: { host: target.host, port: String(target.port), reason }, cause },
  );
}
