import { readFile } from 'node:fs/promises';
import { systemClock } from '../../../../src/adapters/clock/system-clock.ts';
import { createRemoteHosts } from '../../../../src/adapters/ssh/remote-hosts.ts';
import type { SshConfig } from '../../../../src/config.ts';
import type { ClusterName, NodeName } from '../../../../src/domain/names.ts';
import type { Act } from '../../../../src/ports/remote-host.ts';

/**
 * A bot in a process of its own, to be killed: follows one act and prints what comes of it.
 * Argument: JSON of its SshConfig, the address, the state directory and the act.
 */
const { ssh, address, stateDirectory, act } = JSON.parse(process.argv[2] ?? '') as {
  ssh: SshConfig;
  address: string;
  stateDirectory?: string;
  act: Act;
};
const cluster = 'lab' as ClusterName;
const quiet = () => undefined;
const hosts = createRemoteHosts({
  clusters: { [cluster]: { ssh, nodes: {} } },
  clock: systemClock,
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  readSecret: async (reference) => ('file' in reference ? readFile(reference.file, 'utf8') : ''),
  addressOf: async () => address,
  ...(stateDirectory === undefined ? {} : { stateDirectory }),
});
const outcome = await hosts
  .hostOf(cluster, 'node-1' as NodeName)
  .act(act, (lines) => console.log(JSON.stringify({ lines })));
console.log(JSON.stringify({ outcome }));
hosts.close();
