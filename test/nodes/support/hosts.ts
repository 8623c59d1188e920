import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import {
  createRemoteHosts,
  type RemoteHosts,
  type RemoteHostsOptions,
} from '../../../src/adapters/ssh/remote-hosts.ts';
import type { SshConfig } from '../../../src/config.ts';
import type { ClusterName, NodeName } from '../../../src/domain/names.ts';
import { silentLog } from '../../support/silent-log.ts';
import { botUser } from './base.ts';
import type { LabNode } from './node.ts';

export const lab = 'lab' as ClusterName;

/** The names of nodes as the port wants them. */
export const nameOf = (node: LabNode) => node.name as NodeName;

/** A configuration that reaches these nodes, with a known_hosts file of its own that vouches for them. */
export async function configFor(nodes: readonly LabNode[]): Promise<SshConfig> {
  const directory = await mkdtemp(join(inject('scratch'), 'known-'));
  const knownHosts = join(directory, 'known_hosts');
  await writeFile(knownHosts, nodes.map((node) => `${node.address} ${node.hostKey}\n`).join(''));
  return {
    user: botUser,
    port: 22,
    privateKey: { file: nodes[0]?.botKey ?? '' },
    knownHosts,
    connectTimeoutSeconds: 5,
    keepaliveSeconds: 2,
  };
}

/** The nodes as the bot reaches them. */
export function hostsFor(
  nodes: readonly LabNode[],
  ssh: SshConfig,
  options: Partial<Pick<RemoteHostsOptions, 'agentSocket'>> = {},
): RemoteHosts {
  return createRemoteHosts({
    clusters: { [lab]: { ssh, nodes: {} } },
    clock: systemClock,
    log: silentLog,
    readSecret: async (reference) => ('file' in reference ? readFile(reference.file, 'utf8') : ''),
    addressOf: async (_, name) => nodes.find((node) => node.name === name)?.address ?? 'nowhere.invalid',
    ...options,
  });
}
