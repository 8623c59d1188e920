import diagnostics from 'node:diagnostics_channel';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import pLimit from 'p-limit';
import { systemClock } from '../src/adapters/clock/system-clock.ts';
import { StepKey } from '../src/domain/names.ts';
import { drainNode } from '../src/steps/drain/drain-node.ts';
import { markNextNodes, unmarkNextNodes } from '../src/steps/mark-next-nodes.ts';
import { uncordonNode } from '../src/steps/uncordon-node.ts';
import { attempt, testContext } from '../test/support/attempts.ts';
import { kubernetesAt } from '../test/support/drain-oracle/drains.ts';
import { startChild } from './child.ts';
import { median, peakMemoryMb, quantile, report } from './measurement.ts';
import { sized } from './quick.ts';

/**
 * Batches of a large cluster: all its nodes are marked, drained 20 at a time and uncordoned, by the steps that do it, in
 * this process; the API server with its 3,000 pods and 300 budgets is another one.
 */
const nodes = sized(100, 6);
const atOnce = sized(20, 3);
const pods = sized(3_000, 60);
const budgets = sized(300, 6);
const bench = 'batches';
/** Milliseconds; what the histogram counts includes it. */
const resolution = 5;

const sandbox = path.join(import.meta.dirname, 'drain/sandbox.ts');
const cluster = await startChild(sandbox, { args: ['bulk', nodes, pods, budgets].map(String) });
const kubernetes = kubernetesAt(cluster.firstLine);
const deps = { kubernetesOf: () => kubernetes, clock: systemClock };
const names = (await kubernetes.listNodes())
  .map(({ name }) => name)
  .filter((name) => name.startsWith('bulk-'))
  .toSorted();

let calls = 0;
let watches = 0;
diagnostics.subscribe('http.client.request.start', (message) => {
  calls += 1;
  if ((message as { request: { path: string } }).request.path.includes('watch=true')) watches += 1;
});
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
const began = performance.now();

const context = () => testContext({ startedAt: Date.now() });
const key = (what: string) => StepKey.parse(`v1.34.9/${what}`);
const through = async (tried: ReturnType<typeof attempt>): Promise<void> => {
  const { status, ...rest } = await tried;
  if (status === 'failed') throw new Error(JSON.stringify(rest));
};
const input = { nodes: names };
await through(attempt(markNextNodes(deps), { kind: 'mark-next-nodes', key: key('mark'), input }, context()));
const limit = pLimit(atOnce);
const took: number[] = [];
await Promise.all(
  names.map((node) =>
    limit(async () => {
      const start = performance.now();
      const steps = { drain: key(`${node}/drain`), uncordon: key(`${node}/uncordon`) };
      const drain = { kind: 'drain-node', key: steps.drain, input: { node } } as const;
      const uncordon = { kind: 'uncordon-node', key: steps.uncordon, input: { node } } as const;
      await through(attempt(drainNode(deps), drain, context()));
      took.push(performance.now() - start);
      await through(attempt(uncordonNode(deps), uncordon, context()));
    }),
  ),
);
await through(
  attempt(unmarkNextNodes(deps), { kind: 'unmark-next-nodes', key: key('unmark'), input }, context()),
);

const seconds = (performance.now() - began) / 1_000;
delay.disable();
kubernetes.close();
await cluster.stop();

const what = `${nodes} nodes, ${pods} pods, ${atOnce} at a time`;
report({ bench, what, value: seconds, unit: 's' });
report({ bench, what: 'drain of a node, median', value: median(took) / 1_000, unit: 's' });
report({ bench, what: 'drain of a node, p99', value: quantile(took, 0.99) / 1_000, unit: 's' });
report({
  bench,
  what: 'event-loop delay, p99',
  value: Math.max(0, delay.percentile(99) / 1e6 - resolution),
  unit: 'ms',
  limit: 50,
});
report({ bench, what: 'event-loop delay, longest', value: delay.max / 1e6 - resolution, unit: 'ms' });
report({ bench, what: 'memory, peak', value: peakMemoryMb(), unit: 'MB', limit: 500 });
report({ bench, what: 'API calls per node', value: calls / nodes, unit: 'count' });
report({ bench, what: 'of them watches', value: watches / nodes, unit: 'count' });
