import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCluster } from '../../sandbox/cluster/index.ts';
import { size } from './objects.ts';

/**
 * The simulated cluster with its bulk of nodes, pods and budgets, as a process of its own: prints the path of a kubeconfig
 * when it listens, and ends with its standard input.
 */
const directory = await mkdtemp(path.join(os.tmpdir(), 'bench-sandbox-'));
const cluster = await startCluster({
  name: 'large',
  controlPlanes: 3,
  workers: 0,
  version: 'v1.33.13',
  offered: ['1.33.13', '1.34.9'],
  timeScale: 1,
  directory,
  workload: { bulk: { nodes: size.nodes - 3, pods: size.pods, budgets: size.pdbs } },
});
process.stdin.resume();
process.stdin.on('end', () => {
  void cluster.stop().then(() => rm(directory, { recursive: true }));
});
console.log(cluster.kubeconfigPath);
