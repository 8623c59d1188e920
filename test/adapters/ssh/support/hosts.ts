import { readFile } from 'node:fs/promises';
import { systemClock } from '../../../../src/adapters/clock/system-clock.ts';
import {
  createRemoteHosts,
  type RemoteHosts,
  type RemoteHostsOptions,
} from '../../../../src/adapters/ssh/remote-hosts.ts';
import type { SshConfig } from '../../../../src/config.ts';
import type { ClusterName, NodeName } from '../../../../src/domain/names.ts';
import type { Log } from '../../../../src/ports/log.ts';
import type { Sshd } from './sshd.ts';

export const lab = 'lab' as ClusterName;
export const node = 'node-1' as NodeName;

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** The configuration of a login to the daemon on loopback. */
export function configOn(sshd: Sshd): SshConfig {
  return {
    user: sshd.user,
    port: sshd.port,
    privateKey: { file: sshd.clientKey },
    knownHosts: sshd.knownHosts,
    connectTimeoutSeconds: 5,
    keepaliveSeconds: 5,
  };
}

/** Machines whose one node is the daemon on loopback. */
export function hostsOn(
  sshd: Sshd,
  options: { ssh?: Partial<SshConfig> } & Partial<Omit<RemoteHostsOptions, 'clusters'>> = {},
): RemoteHosts {
  const { ssh, ...rest } = options;
  return createRemoteHosts({
    clusters: { [lab]: { ssh: { ...configOn(sshd), ...ssh }, nodes: {} } },
    clock: systemClock,
    log: silent,
    readSecret: async (reference) => ('file' in reference ? readFile(reference.file, 'utf8') : 'unset'),
    addressOf: async () => '127.0.0.1',
    stateDirectory: sshd.state,
    ...rest,
  });
}
