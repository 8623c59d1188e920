import { setMaxListeners } from 'node:events';
import type { ClusterConfig, SshConfig } from '../../config.ts';
import { StepFailure } from '../../domain/failure.ts';
import type { ClusterName, NodeName } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { NodeUpkeep, RemoteHost, RemoteHostOf } from '../../ports/remote-host.ts';
import { act, readOutput } from './act.ts';
import { stateDirectory as usualStateDirectory } from './act-scripts.ts';
import { type Connection, connect, unreachable } from './connection.ts';
import { download, writeFile } from './files.ts';
import { type KeptConnection, keepConnection } from './kept-connection.ts';
import { type ReadSecret, resolveLogin } from './login.ts';
import { type Machine, read } from './machine.ts';
import { checkSudo, forgetRun, stopAct } from './upkeep.ts';
import { upload } from './upload.ts';

/** How long a connection that nobody uses stays open: longer than a drain, so that a run connects once a node. */
const idleMs = 30 * 60_000;

export interface RemoteHostsOptions {
  readonly clusters: Readonly<Record<ClusterName, Pick<ClusterConfig, 'ssh' | 'nodes'>>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly readSecret: ReadSecret;
  /** A node's address where the configuration names none: its InternalIP. */
  readonly addressOf: (cluster: ClusterName, node: NodeName) => Promise<string>;
  /** The value of SSH_AUTH_SOCK, for `agent: env`. */
  readonly agentSocket?: string;
  readonly idleMs?: number;
  /** Where acts are recorded on the machines. */
  readonly stateDirectory?: string;
}

/** How often a machine was connected to and sent a command since the bot started. */
export interface HostUse {
  readonly cluster: ClusterName;
  readonly node: NodeName;
  readonly connects: number;
  readonly commands: number;
}

export interface RemoteHosts extends NodeUpkeep {
  readonly hostOf: RemoteHostOf;
  uses(): HostUse[];
  close(): void;
}

interface Kept {
  readonly machine: Machine;
  readonly use: { connects: number; commands: number };
}

/** The machines of the configured clusters over SSH. Nothing is connected before it is used. */
export function createRemoteHosts(options: RemoteHostsOptions): RemoteHosts {
  const directory = options.stateDirectory ?? usualStateDirectory;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const kept = new Map<string, Kept>();
  const bastions = new Map<ClusterName, KeptConnection>();

  const machineOf = (cluster: ClusterName, node: NodeName): Machine => {
    const key = `${cluster}/${node}`;
    const found = kept.get(key) ?? newMachine(options, stop.signal, bastions, cluster, node);
    kept.set(key, found);
    return found.machine;
  };

  return {
    hostOf: (cluster, node) => hostOn(machineOf(cluster, node), directory),
    checkSudo: (cluster, node) => checkSudo(machineOf(cluster, node)),
    stopAct: (cluster, node, which, how) => stopAct(machineOf(cluster, node), directory, which, how),
    readOutput: (cluster, node, which, from, onOutput) =>
      readOutput(machineOf(cluster, node), directory, which, from, onOutput),
    forgetRun: (cluster, node, run) => forgetRun(machineOf(cluster, node), directory, run),
    uses: () =>
      Array.from(kept, ([key, { use }]) => {
        const [cluster, node] = key.split('/') as [ClusterName, NodeName];
        return { cluster, node, ...use };
      }),
    close() {
      stop.abort();
      for (const { machine } of kept.values()) machine.connection.close();
      for (const bastion of bastions.values()) bastion.close();
    },
  };
}

function hostOn(machine: Machine, directory: string): RemoteHost {
  return {
    node: machine.node,
    read: (argv, options) => read(machine, argv, options),
    act: (what, onOutput, onReach) => act(machine, directory, what, onOutput, onReach),
    writeFile: (path, content, mode) => writeFile(machine, path, content, mode),
    download: (path, localPath) => download(machine, path, localPath),
    upload: (localPath, path, mode) => upload(machine, localPath, path, mode),
  };
}

function newMachine(
  options: RemoteHostsOptions,
  stopping: AbortSignal,
  bastions: Map<ClusterName, KeptConnection>,
  cluster: ClusterName,
  node: NodeName,
): Kept {
  const config = options.clusters[cluster];
  if (!config) {
    throw new StepFailure('configuration.node-unknown', `No cluster ${cluster} is configured`, {
      facts: { cluster, node },
    });
  }
  const { ssh } = config;
  const override = config.nodes[node];
  const use = { connects: 0, commands: 0 };
  let place = {
    name: node as string,
    host: override?.address ?? 'address unknown',
    port: override?.port ?? ssh.port,
  };

  const dial = async () => {
    if (stopping.aborted) throw unreachable(place, 'the bot is stopping');
    const host = override?.address ?? (await options.addressOf(cluster, node));
    place = { ...place, host };
    const login = await resolveLogin(ssh, options.readSecret, options.agentSocket);
    const way = await wayTo(options, bastions, cluster, ssh, place);
    try {
      const began = performance.now();
      const connection = await connect({ ...place, ...common(ssh), login, ...way });
      use.connects += 1;
      const ms = Math.round(performance.now() - began);
      options.log.info({ cluster, node, host, ms, connects: use.connects }, 'connected over SSH');
      connection.onClose(() => {
        way.release();
        options.log.info({ cluster, node, host }, 'SSH connection closed');
      });
      return connection;
    } catch (error) {
      way.release();
      throw named(error, cluster, node);
    }
  };

  const machine: Machine = {
    node,
    user: ssh.user,
    clock: options.clock,
    stopping,
    connection: keepConnection(dial, options.idleMs ?? idleMs),
    place: () => place,
    count: () => {
      use.commands += 1;
    },
  };
  return { machine, use };
}

const common = (ssh: SshConfig) => ({
  knownHosts: ssh.knownHosts,
  connectTimeoutSeconds: ssh.connectTimeoutSeconds,
  keepaliveSeconds: ssh.keepaliveSeconds,
});

/** The stream through the cluster's bastion, whose connection is held open as long as the stream is used. */
async function wayTo(
  options: RemoteHostsOptions,
  bastions: Map<ClusterName, KeptConnection>,
  cluster: ClusterName,
  ssh: SshConfig,
  place: { host: string; port: number },
): Promise<{ sock?: Awaited<ReturnType<Connection['forward']>>; release: () => void }> {
  const { bastion } = ssh;
  if (!bastion) return { release: () => undefined };
  const dial = async () =>
    connect({
      name: 'bastion',
      host: bastion.host,
      port: bastion.port,
      ...common(ssh),
      login: await resolveLogin(bastion, options.readSecret, options.agentSocket),
    });
  const kept = bastions.get(cluster) ?? keepConnection(dial, options.idleMs ?? idleMs);
  bastions.set(cluster, kept);
  const { connection, release } = await kept.hold();
  try {
    return { sock: await connection.forward(place.host, place.port), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The same failure, with the node among its facts. */
function named(error: unknown, cluster: ClusterName, node: NodeName): unknown {
  if (!(error instanceof StepFailure)) return error;
  return new StepFailure(error.code, error.message, {
    facts: { cluster, node, ...error.facts },
    lastWords: error.lastWords,
    retry: error.retry,
    cause: error.cause,
  });
}
