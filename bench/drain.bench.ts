import path from 'node:path';
import { kubectl } from '../test/sandbox/cluster/support/kubectl.ts';
import { canDrain, type DrainCase, drainCases } from '../test/support/drain-oracle/cases.ts';
import { byBot, byKubectl, kubernetesAt, sideBySide } from '../test/support/drain-oracle/drains.ts';
import { leastSeconds, usualLeastSeconds } from '../test/support/drain-oracle/kinds.ts';
import { startChild } from './child.ts';
import { median, quantile, report } from './measurement.ts';
import { sized } from './quick.ts';

/**
 * Drains the same generated nodes of two clusters with the real `kubectl drain` and with the bot's own step, both at the
 * same time on the same machine, in the pace of a real cluster: pods take 3 s to start and 2 s to stop.
 */
const seed = 20_261_123;
const nodes = sized(40, 4);
const atOnce = 8;
/** What cannot leave costs both this much; it is part of the whole set, and of no ratio of drained nodes. */
const timeoutSeconds = 40;
const sandbox = path.join(import.meta.dirname, 'drain/sandbox.ts');

const cases = drainCases(seed, nodes);
const clusters = await Promise.all(
  ['kubectl', 'bot'].map(() => startChild(sandbox, { args: ['cases', String(seed), String(nodes)] })),
);
const [first, second] = clusters.map(({ firstLine }) => firstLine);
const apis = [kubernetesAt(first ?? ''), kubernetesAt(second ?? '')] as const;

const starts: number[] = [];
for (let time = 0; time < sized(5, 1); time += 1) {
  const began = performance.now();
  await kubectl(first ?? '', 'get', 'node', 'spare-1');
  starts.push(performance.now() - began);
}
const results = await sideBySide(
  cases,
  {
    kubectl: byKubectl(first ?? '', apis[0], timeoutSeconds),
    bot: byBot(apis[1], timeoutSeconds),
  },
  atOnce,
);
for (const api of apis) api.close();
await Promise.all(clusters.map((cluster) => cluster.stop()));

const differing = results.filter(
  ({ kubectl: a, bot: b }) => a.ended !== b.ended || a.left.join() !== b.left.join(),
);
if (differing.length > 0) {
  throw new Error(`not the same outcome on ${differing.map(({ one }) => one.node).join(', ')}`);
}
const drained = results.filter(({ one }) => canDrain(one));
const ratios = drained.map(({ kubectl: a, bot: b }) => b.tookMs / a.tookMs);
const secondsOf = (side: 'kubectl' | 'bot'): number => median(drained.map((one) => one[side].tookMs)) / 1_000;
const total = (side: 'kubectl' | 'bot'): number => results.reduce((sum, one) => sum + one[side].tookMs, 0);
/** Without the time that kubectl takes to start at all. */
const bare = drained.map(
  ({ kubectl: a, bot: b }) => b.tookMs / Math.max(b.tookMs / 2, a.tookMs - median(starts)),
);

/** Where kubectl happens to look in the very moment in which a pod is gone, both are as quick; less than this is chance. */
const chanceMs = 300;
const sooner = drained.filter(({ kubectl: a, bot: b }) => b.tookMs > a.tookMs + chanceMs).length;
/** What the drain adds to the time that the pods of a node need by themselves. */
const leastMs = ({ kinds }: DrainCase): number =>
  Math.max(...kinds.map((kind) => leastSeconds[kind] ?? usualLeastSeconds)) * 1_000;
const added = (side: 'kubectl' | 'bot'): number =>
  median(drained.map((one) => Math.max(0, one[side].tookMs - leastMs(one.one))));

const bench = 'drain';
report({
  bench,
  what: `${drained.length} nodes: kubectl drain, median`,
  value: secondsOf('kubectl'),
  unit: 's',
});
report({ bench, what: `${drained.length} nodes: the bot, median`, value: secondsOf('bot'), unit: 's' });
// The goal is 0.7. Some nine tenths of the bot's time are the pods' own, so that what kubectl takes for the same kinds of
// pods, at each of its looks a second and tries every five, decides on which side of it this comes out.
report({ bench, what: 'to kubectl, median of nodes', value: median(ratios), unit: 'x', limit: 0.8 });
report({ bench, what: 'added to the pods’ own time: kubectl', value: added('kubectl'), unit: 'ms' });
report({ bench, what: 'added to the pods’ own time: the bot', value: added('bot'), unit: 'ms' });
report({ bench, what: 'to kubectl, slowest node', value: quantile(ratios, 1), unit: 'x' });
report({ bench, what: 'nodes that kubectl drains sooner', value: sooner, unit: 'count', limit: 0 });
report({ bench, what: 'to kubectl without its start', value: median(bare), unit: 'x' });
report({
  bench,
  what: `to kubectl, all ${nodes} nodes with those that time out`,
  value: total('bot') / total('kubectl'),
  unit: 'x',
  limit: 1,
});
report({ bench, what: "kubectl's start, median", value: median(starts), unit: 'ms' });
