import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type SandboxCluster, startCluster } from '../../sandbox/cluster/index.ts';

/**
 * Small simulated clusters (one control plane, one worker each) as a process of its own. Arguments: how many, and how
 * many times faster than life. Prints what reaches them as one line of JSON, and ends with its standard input.
 */
const [count = '1', speed = '1'] = process.argv.slice(2);
const directory = await mkdtemp(path.join(os.tmpdir(), 'bench-ack-clusters-'));
const clusters: SandboxCluster[] = [];
for (let index = 1; index <= Number(count); index += 1) {
  const name = `c-${index}`;
  clusters.push(
    await startCluster({
      name,
      controlPlanes: 1,
      workers: 1,
      version: 'v1.33.13',
      offered: ['1.33.13', '1.34.9'],
      timeScale: Number(speed),
      directory: path.join(directory, name),
      workload: 'none',
    }),
  );
}
process.stdin.resume();
process.stdin.on('end', () => {
  void Promise.all(clusters.map((cluster) => cluster.stop()))
    .then(() => rm(directory, { recursive: true, force: true }))
    .then(() => process.exit(0));
});
console.log(
  JSON.stringify(
    clusters.map(({ name, kubeconfigPath, knownHostsPath, privateKeyPath, sshUser, nodes }) => ({
      name,
      kubeconfigPath,
      knownHostsPath,
      privateKeyPath,
      sshUser,
      nodes,
    })),
  ),
);
