import { describe, expect, test } from 'vitest';
import { version } from '../../src/domain/version.ts';
import { etcdMove, etcdMoves } from '../../src/plan/way/etcd-move.ts';
import { type SnapshotOptions, snapshotOf } from '../support/snapshots.ts';

const three = ['cp-1', 'cp-2', 'cp-3'];
const at = (etcd: string, more: SnapshotOptions = {}) => snapshotOf({ controlPlanes: three, etcd, ...more });
const pinned = (etcdImageTag: string) => {
  const { kubeadm } = at('3.5.24');
  return at('3.5.24', { overrides: { kubeadm: { ...kubeadm, etcdImageTag } } });
};

describe('what happens to etcd on the way to a version', () => {
  test.each([
    ['v1.34.9', '3.5.24', { from: '3.5.24', to: '3.6', changesLine: true }],
    ['v1.33.13', '3.5.24', { from: '3.5.24', to: '3.5', changesLine: false }],
    ['v1.35.1', '3.6.5', { from: '3.6.5', to: '3.6', changesLine: false }],
    // Somebody's own, newer than kubeadm's: it is not for kubeadm to take back.
    ['v1.33.13', '3.6.5', { from: '3.6.5', to: '3.5', changesLine: false }],
  ] as const)('to %s from %s', (target, etcd, move) => {
    expect(etcdMove(at(etcd), version(target))).toEqual(move);
  });

  test('counts from the oldest member, in whatever order they are shown', () => {
    const members = { 'cp-1': { version: '3.6.5' }, 'cp-2': { version: '3.5.24' } };
    expect(etcdMove(at('3.6.5', { members }), version('v1.34.9'))).toMatchObject({
      from: '3.5.24',
      changesLine: true,
    });
  });

  test.each([
    ['3.5.26-0', { to: '3.5.26', changesLine: false }],
    ['v3.6.5-0', { to: '3.6.5', changesLine: true }],
    ['3.10.0-0', { to: '3.10.0', changesLine: true }],
  ] as const)('goes where ClusterConfiguration pins it: %s', (tag, move) => {
    expect(etcdMove(pinned(tag), version('v1.34.9'))).toEqual({ from: '3.5.24', ...move });
  });

  test('is nothing where etcd is external', () => {
    const external = at('3.5.24', { external: ['https://10.0.0.5:2379'] });
    expect(etcdMoves(external, [version('v1.34.9')])).toEqual([{ changesLine: false }]);
  });

  test('of several hops the line moves in the one that brings it, and not again after it', () => {
    const hops = ['v1.33.13', 'v1.34.9', 'v1.35.1'].map((hop) => version(hop));
    expect(etcdMoves(at('3.5.24'), hops)).toEqual([
      { from: '3.5.24', to: '3.5', changesLine: false },
      { from: '3.5', to: '3.6', changesLine: true },
      { from: '3.6', to: '3.6', changesLine: false },
    ]);
  });
});
