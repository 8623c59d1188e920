import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeSSH } from 'node-ssh';
import { type SandboxCluster, type StartOptions, startCluster } from '../../../../sandbox/cluster/index.ts';

export interface RemoteResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A started cluster with what tests do to it; `end` leaves nothing behind. */
export interface Started extends SandboxCluster {
  /** Runs a command line on a node over one kept connection. */
  ssh: (node: string, line: string, stdin?: string) => Promise<RemoteResult>;
  /** A connection of its own, for tests that cut it. */
  connection: (node: string) => Promise<NodeSSH>;
  end: () => Promise<void>;
}

export async function started(options: Partial<StartOptions> = {}): Promise<Started> {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-cluster-'));
  const cluster = await startCluster({
    name: 'test',
    controlPlanes: 3,
    workers: 2,
    version: 'v1.33.13',
    offered: ['1.33.13', '1.34.7', '1.34.8', '1.34.9'],
    timeScale: 1_000,
    directory,
    ...options,
  });
  const kept = new Map<string, NodeSSH>();
  const connection = async (node: string) => {
    const ssh = new NodeSSH();
    await ssh.connect({
      host: '127.0.0.1',
      port: cluster.nodes.find(({ name }) => name === node)?.port ?? 0,
      username: cluster.sshUser,
      privateKey: await readFile(cluster.privateKeyPath, 'utf8'),
    });
    // node-ssh stops listening once it is connected; a cut connection would end the process.
    ssh.connection?.on('error', () => {});
    // Without it every command waits for delayed acknowledgements, three times 40 ms.
    ssh.connection?.setNoDelay(true);
    return ssh;
  };
  return {
    ...cluster,
    connection,
    ssh: async (node, line, stdin) => {
      let ssh = kept.get(node);
      if (ssh === undefined || !ssh.isConnected()) {
        ssh = await connection(node);
        kept.set(node, ssh);
      }
      return ssh.execCommand(line, stdin === undefined ? {} : { stdin });
    },
    end: async () => {
      for (const ssh of kept.values()) ssh.dispose();
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves once `holds`; throws after `ms` real milliseconds. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 10_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
