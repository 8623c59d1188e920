import { stepsOf } from '../src/domain/plan.ts';
import { Policy } from '../src/domain/policy.ts';
import { version } from '../src/domain/version.ts';
import { planUpgrade } from '../src/plan/plan-upgrade.ts';
import { largeSnapshot } from './large-cluster/snapshot.ts';
import { median, peakMemoryMb, quantile, report } from './measurement.ts';
import { sized } from './quick.ts';

/** The planner alone, on a snapshot that lies in memory; what looking at the cluster adds is in snapshot.bench.ts. */
const size = sized({ nodes: 1_000, pods: 30_000, pdbs: 500 }, { nodes: 20, pods: 600, pdbs: 10 });
const times = sized(25, 3);

const snapshot = largeSnapshot(size);
const policy = Policy.parse({ workers: { batch: '5%' } });
const intent = { cluster: snapshot.cluster, target: version('1.34.9') };
const took: number[] = [];
let steps = 0;
for (let time = 0; time < times; time += 1) {
  const began = performance.now();
  const plan = planUpgrade(intent, snapshot, policy);
  took.push(performance.now() - began);
  if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan.findings.slice(0, 5)));
  steps = stepsOf(plan).length;
}

const bench = 'plan';
const of = `${size.nodes} nodes, ${size.pods} pods, ${size.pdbs} PDBs: ${steps} steps`;
report({
  bench,
  what: `first plan of a process, ${of}`,
  value: took[0] ?? Number.NaN,
  unit: 'ms',
  limit: 3_000,
});
report({ bench, what: `median of ${times}`, value: median(took), unit: 'ms', limit: 3_000 });
report({ bench, what: `p99 of ${times}`, value: quantile(took, 0.99), unit: 'ms', limit: 3_000 });
report({ bench, what: 'peak memory of the process', value: peakMemoryMb(), unit: 'MB', limit: 400 });
