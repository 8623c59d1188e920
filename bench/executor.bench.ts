import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stepsOf } from '../src/domain/plan.ts';
import { Policy } from '../src/domain/policy.ts';
import { version } from '../src/domain/version.ts';
import { planUpgrade } from '../src/plan/plan-upgrade.ts';
import { bareCommits } from './executor/bare-commits.ts';
import { measureSteps } from './executor/measure-steps.ts';
import { largeSnapshot } from './large-cluster/snapshot.ts';
import { median, quantile, report } from './measurement.ts';
import { sized } from './quick.ts';

/** The executor's own time a step, without that of nodes: at the beginning of a run of 1,000 workers and near its end. */
const workers = sized(1_000, 10);
const wanted = sized(500, 10);

const snapshot = largeSnapshot({ nodes: workers + 3, pods: workers, pdbs: 0 });
const plan = planUpgrade(
  { cluster: snapshot.cluster, target: version('1.34.9') },
  snapshot,
  Policy.parse({}),
);
if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan.findings.slice(0, 5)));
const steps = stepsOf(plan).length;

const bench = 'executor';
const directory = mkdtempSync(path.join(os.tmpdir(), 'bench-executor-'));
try {
  const bare = median(bareCommits(path.join(directory, 'bare.sqlite'), wanted));
  report({ bench, what: 'a bare durable commit on this disk, median', value: bare, unit: 'ms' });

  const stages = { 'at the beginning': 0, 'near the end': Math.max(0, steps - wanted - 20) };
  for (const [stage, done] of Object.entries(stages)) {
    const measured = await measureSteps(path.join(directory, `${done}.sqlite`), plan, { done, wanted });
    const { betweenSteps, commits, seconds, eventLoopP99Ms, databaseBytes } = measured;
    const of = `${stage} of ${steps} steps (${workers} workers)`;
    const p50 = median(betweenSteps);
    report({ bench, what: `between two steps, median, ${of}`, value: p50, unit: 'ms', limit: 50 });
    report({ bench, what: `p99, ${stage}`, value: quantile(betweenSteps, 0.99), unit: 'ms' });
    report({ bench, what: `median against two bare commits, ${stage}`, value: p50 / (2 * bare), unit: 'x' });
    report({ bench, what: `steps measured, ${stage}`, value: betweenSteps.length, unit: 'count' });
    report({ bench, what: `commits a second, ${stage}`, value: commits / seconds, unit: '/s' });
    report({ bench, what: `event-loop delay p99, ${stage}`, value: eventLoopP99Ms, unit: 'ms' });
    report({ bench, what: `database file, ${stage}`, value: databaseBytes / 1024 ** 2, unit: 'MB' });
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
