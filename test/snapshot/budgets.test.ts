import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drainFateOf, isFinished } from '../../src/domain/drain.ts';
import { NodeName } from '../../src/domain/names.ts';
import { selects } from '../../src/domain/selector.ts';
import type { PdbObject, PodObject } from '../../src/ports/kubernetes.ts';
import { budgetsOf } from '../../src/snapshot/budgets.ts';
import { pdbObject, podObject } from './support/fake-cluster.ts';

const nodesFor = (pdb: PdbObject, pods: PodObject[]) => budgetsOf([pdb], pods)[0]?.nodes;

describe('the nodes of a disruption budget', () => {
  it('are those that run its pods, each once', () => {
    const labels = { app: 'db' };
    const pods = ['w-2', 'w-1', 'w-2'].map((node, index) => podObject(`db-${index}`, node, { labels }));
    expect(nodesFor(pdbObject('db', { matchLabels: labels }), pods)).toEqual(['w-1', 'w-2']);
  });

  it('are of its own namespace only', () => {
    const pods = [podObject('db-0', 'w-1', { namespace: 'other', labels: { app: 'db' } })];
    expect(nodesFor(pdbObject('db', { matchLabels: { app: 'db' } }), pods)).toEqual([]);
  });

  it('leave out pods that no drain evicts, or that no budget holds back', () => {
    const labels = { app: 'db' };
    const pods = [
      podObject('agent', 'w-1', { labels, controller: { kind: 'DaemonSet', name: 'agent' } }),
      podObject('static', 'w-2', { labels, isMirror: true }),
      podObject('done', 'w-3', { labels, phase: 'Succeeded' }),
    ];
    expect(nodesFor(pdbObject('db', { matchLabels: labels }), pods)).toEqual([]);
  });

  it('are none for a budget that selects nothing, all of the namespace for one that selects everything', () => {
    const pods = [podObject('a', 'w-1')];
    const nothing = [{ key: '', operator: 'In', values: [] }];
    expect(nodesFor(pdbObject('none', { matchExpressions: nothing }), pods)).toEqual([]);
    expect(nodesFor(pdbObject('all'), pods)).toEqual(['w-1']);
  });

  const label = fc.constantFrom('a', 'b', 'c');
  const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'env'), label, { maxKeys: 3 });
  const namespace = fc.constantFrom('shop', 'pay');
  const pods = fc.array(
    fc.record({
      namespace,
      labels,
      node: fc.constantFrom(...['w-1', 'w-2', 'w-3', 'w-4'].map((name) => NodeName.parse(name))),
      phase: fc.constantFrom('Running', 'Succeeded'),
    }),
    { maxLength: 12 },
  );
  const pdbs = fc.array(
    fc.record({
      namespace,
      matchLabels: labels,
      matchExpressions: fc.array(
        fc.record({
          key: fc.constantFrom('app', 'tier', 'env'),
          operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
          values: fc.array(label, { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 4 },
  );

  it('are the same as by asking every pod', () => {
    fc.assert(
      fc.property(pods, pdbs, (somePods, somePdbs) => {
        const podObjects = somePods.map((pod, index) => podObject(`p-${index}`, pod.node, pod));
        const pdbObjects = somePdbs.map((pdb, index) => pdbObject(`b-${index}`, pdb));
        const slow = pdbObjects.map((pdb) => {
          const held = podObjects.filter(
            (pod) =>
              pod.namespace === pdb.namespace &&
              !isFinished(pod) &&
              drainFateOf(pod).fate === 'evicted' &&
              selects(pdb, pod.labels),
          );
          return [...new Set(held.map(({ node = '' }) => String(node)))].toSorted();
        });
        expect(budgetsOf(pdbObjects, podObjects).map(({ nodes }) => nodes)).toEqual(slow);
      }),
      { seed: 33, numRuns: 500 },
    );
  });

  it('are found for 500 budgets and 30,000 pods of one namespace in well under a second', () => {
    const many = Array.from({ length: 30_000 }, (_, index) =>
      podObject(`p-${index}`, `w-${index % 1_000}`, { labels: { app: `app-${index % 500}`, part: 'web' } }),
    );
    const budgets = Array.from({ length: 500 }, (_, index) =>
      pdbObject(`b-${index}`, { matchLabels: { app: `app-${index}` } }),
    );
    const before = performance.now();
    const seen = budgetsOf(budgets, many);
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(seen.every(({ nodes }) => nodes.length > 0)).toBe(true);
  });
});

describe('a label selector', () => {
  const expression = (key: string, operator: string, ...values: string[]) => ({
    matchLabels: {},
    matchExpressions: [{ key, operator, values }],
  });

  it.each([
    [expression('app', 'In', 'db', 'web'), { app: 'db' }, true],
    [expression('app', 'In', 'web'), { app: 'db' }, false],
    [expression('app', 'In', 'web'), {}, false],
    [expression('app', 'NotIn', 'web'), { app: 'db' }, true],
    [expression('app', 'NotIn', 'web'), {}, true],
    [expression('app', 'NotIn', 'db'), { app: 'db' }, false],
    [expression('app', 'Exists'), { app: '' }, true],
    [expression('app', 'Exists'), {}, false],
    [expression('app', 'DoesNotExist'), {}, true],
    [expression('app', 'DoesNotExist'), { app: '' }, false],
    [{ matchLabels: { app: 'db', tier: 'data' }, matchExpressions: [] }, { app: 'db' }, false],
    [{ matchLabels: {}, matchExpressions: [] }, {}, true],
  ])('%j on %j: %s', (selector, labels, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});
