import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RollbackCommand } from '../../src/domain/intent.ts';
import { parseRollbackCommand } from '../../src/intent/parse-rollback-command.ts';

const known = { clusters: ['prod-eu', 'staging-eu'] };
const read = (text: string, clusters = known.clusters) => parseRollbackCommand(text, { clusters });
const all = { kind: 'all' };
const nodes = (...names: string[]) => ({ kind: 'nodes', nodes: names });

describe('what is understood', () => {
  test.each([
    ['', { kind: 'candidates' }],
    ['help', { kind: 'help' }],
    ['prod-eu', { kind: 'rollback', of: { cluster: 'prod-eu' }, scope: all }],
    ['abc234', { kind: 'rollback', of: { run: 'abc234' }, scope: all }],
    ['abc234 workers', { kind: 'rollback', of: { run: 'abc234' }, scope: { kind: 'workers' } }],
    ['abc234 control-plane', { kind: 'rollback', of: { run: 'abc234' }, scope: { kind: 'control-plane' } }],
    ['prod-eu node w-05', { kind: 'rollback', of: { cluster: 'prod-eu' }, scope: nodes('w-05') }],
    [
      'prod-eu nodes w-05,w-06',
      { kind: 'rollback', of: { cluster: 'prod-eu' }, scope: nodes('w-05', 'w-06') },
    ],
    [
      'prod-eu node w-05 w-06 w-05 keep-etcd',
      { kind: 'rollback', of: { cluster: 'prod-eu' }, scope: nodes('w-05', 'w-06'), etcd: 'keep' },
    ],
    ['prod-eu restore', { kind: 'rollback', of: { cluster: 'prod-eu' }, scope: all, etcd: 'restore' }],
    [
      'prod-eu all etcd-downgrade',
      { kind: 'rollback', of: { cluster: 'prod-eu' }, scope: all, etcd: 'downgrade' },
    ],
    ['drill staging-eu', { kind: 'drill', cluster: 'staging-eu', target: { kind: 'next' }, etcd: 'keep' }],
    [
      'drill staging-eu 1.34.9',
      { kind: 'drill', cluster: 'staging-eu', target: { kind: 'exact', version: 'v1.34.9' }, etcd: 'keep' },
    ],
    [
      'Drill staging-eu latest etcd-downgrade',
      { kind: 'drill', cluster: 'staging-eu', target: { kind: 'latest' }, etcd: 'downgrade' },
    ],
    ['/k8s-rollback PROD-EU', { kind: 'rollback', of: { cluster: 'prod-eu' }, scope: all }],
  ])('%j', (text, command) => {
    expect(read(text)).toEqual(command);
  });
});

describe('what is refused comes with a line that works', () => {
  test.each([
    ['a cluster of another channel', 'prod-us', /neither a run/],
    ['a mistyped cluster', 'prod-uu workers', /neither a run/],
    ['how much without of what', 'workers', /Say first which run or cluster/],
    ['a node without a name', 'prod-eu node', /comes the name of a node/],
    ['a word that means nothing', 'prod-eu quickly', /means nothing here/],
    ['a mistyped scope', 'prod-eu wrokers', /means nothing here/],
    ['a scope twice', 'prod-eu workers control-plane', /means nothing here/],
    ['an option', 'prod-eu --force', /is no option/],
    ['a part of the cluster with all of etcd', 'prod-eu workers restore', /only go back as a whole/],
    ['a drill of nothing', 'drill', /Say the cluster/],
    ['a drill of a run', 'drill abc234', /is no cluster/],
    ['a drill that restores', 'drill staging-eu restore', /never restores/],
    ['a drill of workers', 'drill staging-eu 1.34 workers', /means nothing here/],
    ['a drill to no version', 'drill staging-eu 1.34.x', /means nothing here/],
    ['a node that cannot be', 'prod-eu node w_05', /comes the name of a node/],
  ])('%s', (_title, text, problem) => {
    const refused = read(text);
    if (refused.kind !== 'usage-error') throw new Error(`understood as ${JSON.stringify(refused)}`);
    expect(refused.problem).toMatch(problem);
    expect(refused.suggestion).toMatch(/^\/k8s-rollback/);
    expect(read(refused.suggestion).kind).not.toBe('usage-error');
  });

  test('a drill is mended where it can be', () => {
    expect(read('drill stagin-eu 1.34')).toMatchObject({ suggestion: '/k8s-rollback drill staging-eu 1.34' });
    expect(read('drill 1.34', ['prod-eu'])).toMatchObject({ suggestion: '/k8s-rollback drill prod-eu 1.34' });
    expect(read('drill staging-eu 1.34.x')).toMatchObject({
      suggestion: '/k8s-rollback drill staging-eu 1.34',
    });
  });

  test('a cluster that is called like the word is that cluster, unless another one follows', () => {
    const clusters = ['drill', 'prod-eu'];
    expect(read('drill workers', clusters)).toMatchObject({ kind: 'rollback', of: { cluster: 'drill' } });
    expect(read('drill drill', clusters)).toMatchObject({ kind: 'drill', cluster: 'drill' });
    expect(read('drill prod-eu', clusters)).toMatchObject({ kind: 'drill', cluster: 'prod-eu' });
  });

  test('a mistyped scope is mended', () => {
    expect(read('prod-eu wrokers')).toMatchObject({ suggestion: '/k8s-rollback prod-eu workers' });
  });
});

test('any text is answered, and what is understood is a command of the schema', () => {
  const words = fc.constantFrom(
    'prod-eu',
    'drill',
    '1.34',
    'abc234',
    'workers',
    'node',
    'w-05',
    'restore',
    'keep-etcd',
    'x`',
    '-f',
    'all',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words, { maxLength: 6 }).map((of) => of.join(' ')),
  );
  fc.assert(
    fc.property(text, (typed) => {
      const answer = read(typed);
      if (answer.kind === 'usage-error') {
        expect(read(answer.suggestion).kind).not.toBe('usage-error');
      } else expect(RollbackCommand.safeParse(answer).success).toBe(true);
    }),
    { seed: 20_261_123, numRuns: 500 },
  );
});
