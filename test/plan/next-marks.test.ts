import { expect, test } from 'vitest';
import { NodeName } from '../../src/domain/names.ts';
import { Policy } from '../../src/domain/policy.ts';
import type { NodeSnapshot } from '../../src/domain/snapshot.ts';
import { version } from '../../src/domain/version.ts';
import { nextMarks } from '../../src/plan/phases/next-marks.ts';

const to = version('v1.34.9');
const worker = (name: string, unschedulable = false) =>
  ({ name: NodeName.parse(name), unschedulable }) as NodeSnapshot;
const inputs = (workers: NodeSnapshot[], drain = {}) => {
  const { before, after } = nextMarks(to, workers, Policy.parse({ drain }));
  return [...before, ...after].flatMap(({ turns }) => turns.flatMap(({ steps }) => steps));
};

test('workers to do are marked before the first and unmarked after the last, but for those that are cordoned', () => {
  expect(inputs([worker('w-01'), worker('w-02'), worker('w-03', true)])).toMatchObject([
    { kind: 'mark-next-nodes', input: { nodes: ['w-01', 'w-02'] } },
    { kind: 'unmark-next-nodes', input: { nodes: ['w-01', 'w-02'] } },
  ]);
});

test.each([
  ['one worker', [worker('w-01')], {}],
  ['one that is not cordoned', [worker('w-01'), worker('w-02', true)], {}],
  ['a policy against it', [worker('w-01'), worker('w-02')], { markNextNodes: false }],
])('with %s nothing is marked', (_, workers, drain) => {
  expect(inputs(workers, drain)).toEqual([]);
});
