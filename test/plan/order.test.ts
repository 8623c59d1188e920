import { describe, expect, test } from 'vitest';
import { version } from '../../src/domain/version.ts';
import { backupMember, orderControlPlanes } from '../../src/plan/phases/order.ts';
import { type SnapshotOptions, snapshotOf } from '../support/snapshots.ts';

const order = (options: SnapshotOptions) => {
  const snapshot = snapshotOf(options);
  const controlPlanes = snapshot.nodes.filter(({ role }) => role === 'control-plane');
  return orderControlPlanes(controlPlanes, snapshot, version('1.34.9')).map(({ node }) => node.name);
};

describe('control planes are taken', () => {
  test('by name, etcd’s leader last', () => {
    expect(order({ leader: 'cp-1' })).toEqual(['cp-2', 'cp-3', 'cp-1']);
    expect(order({ leader: 'cp-2' })).toEqual(['cp-1', 'cp-3', 'cp-2']);
  });

  test('with ten of them in the order of their numbers', () => {
    expect(order({ controlPlanes: ['cp-10', 'cp-2', 'cp-9'], leader: 'cp-9' })).toEqual([
      'cp-2',
      'cp-10',
      'cp-9',
    ]);
  });
});

describe('etcd’s snapshot is taken from', () => {
  const from = (options: SnapshotOptions) => backupMember(snapshotOf(options))?.node;

  test('a member that is not the leader, which has enough to do', () => {
    expect(from({ leader: 'cp-1' })).toBe('cp-2');
    expect(from({ leader: 'cp-3' })).toBe('cp-1');
  });

  test('no member that is sick, that only learns, or that is on no node of ours', () => {
    expect(from({ leader: 'cp-1', members: { 'cp-2': { healthy: false } } })).toBe('cp-3');
    expect(from({ leader: 'cp-1', members: { 'cp-2': { isLearner: true } } })).toBe('cp-3');
    expect(from({ leader: 'cp-1', members: { 'cp-2': { node: undefined } } })).toBe('cp-3');
  });

  test('the leader, where no other is well; from none, where none is', () => {
    const sick = { healthy: false };
    expect(from({ leader: 'cp-1', members: { 'cp-2': sick, 'cp-3': sick } })).toBe('cp-1');
    expect(from({ leader: 'cp-1', members: { 'cp-1': sick, 'cp-2': sick, 'cp-3': sick } })).toBeUndefined();
  });
});
