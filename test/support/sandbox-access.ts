import { readFile } from 'node:fs/promises';
import type { SandboxCluster } from '../../sandbox/cluster/index.ts';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { createKubernetes } from '../../src/adapters/kubernetes/create-kubernetes.ts';
import { createRemoteHosts, type RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { ClusterConfig } from '../../src/config.ts';
import { silentLog } from './silent-log.ts';

/** A simulated cluster as the program reaches it. */
export interface SandboxAccess {
  readonly config: ClusterConfig;
  readonly kubernetes: ReturnType<typeof createKubernetes>;
  readonly hosts: RemoteHosts;
  readonly close: () => void;
}

/** The real adapters against a simulated cluster: its API servers over HTTPS, its machines over SSH. */
export function accessTo(sandbox: SandboxCluster, policy: Record<string, unknown> = {}): SandboxAccess {
  const config = ClusterConfig.parse({
    kubernetes: {
      kubeconfig: sandbox.kubeconfigPath,
      context: `${sandbox.name}-cp-1`,
      endpoints: Object.values(sandbox.apiPorts.nodes).map((port) => `https://127.0.0.1:${port}`),
      timeoutSeconds: 5,
    },
    ssh: {
      user: sandbox.sshUser,
      privateKey: { file: sandbox.privateKeyPath },
      knownHosts: sandbox.knownHostsPath,
    },
    nodes: Object.fromEntries(sandbox.nodes.map(({ name, address, port }) => [name, { address, port }])),
    channels: ['C0123456'],
    approvers: { users: ['U0123456'] },
    policy,
  });
  const kubernetes = createKubernetes({ config: config.kubernetes, clock: systemClock, log: silentLog });
  const hosts = createRemoteHosts({
    clusters: { [sandbox.name]: config },
    clock: systemClock,
    log: silentLog,
    readSecret: async (reference) => ('file' in reference ? readFile(reference.file, 'utf8') : ''),
    addressOf: async (_cluster, node) => `${node}.invalid`,
  });
  return {
    config,
    kubernetes,
    hosts,
    close() {
      kubernetes.close();
      hosts.close();
    },
  };
}
