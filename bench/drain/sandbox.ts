import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCluster, type Workload } from '../../sandbox/cluster/index.ts';
import { arm, drainCases, objectsOf } from '../../test/support/drain-oracle/cases.ts';

/**
 * A simulated cluster as a process of its own: `cases SEED COUNT` with generated nodes, `bulk NODES PODS BUDGETS` with many
 * that are alike. Prints the path of a kubeconfig when it listens, and ends with its standard input.
 */
const [kind, ...numbers] = process.argv.slice(2);
const [first = 0, second = 0, third = 0] = numbers.map(Number);
const version = 'v1.33.13';
const cases = kind === 'cases' ? drainCases(first, second) : [];
const workload: Workload =
  kind === 'cases'
    ? { objects: objectsOf(cases, version) }
    : { bulk: { nodes: first, pods: second, budgets: third } };
const directory = await mkdtemp(path.join(os.tmpdir(), 'bench-drain-'));
const cluster = await startCluster({
  name: 'drain',
  controlPlanes: 3,
  workers: 0,
  version,
  offered: ['1.33.13', '1.34.9'],
  timeScale: kind === 'cases' ? 1 : 5,
  directory,
  workload,
});
arm(cluster.model, cases);
process.stdin.resume();
process.stdin.on('end', () => {
  void cluster.stop().then(() => rm(directory, { recursive: true }));
});
console.log(cluster.kubeconfigPath);
