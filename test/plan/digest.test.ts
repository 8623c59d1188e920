import { describe, expect, test } from 'vitest';
import type { ControlPlaneVersions } from '../../src/domain/snapshot.ts';
import { version } from '../../src/domain/version.ts';
import { basisOf } from '../../src/plan/basis.ts';
import { canonicalJson, sha256Of } from '../../src/plan/digest.ts';
import { snapshotOf } from '../support/snapshots.ts';

test('canonical JSON has one spelling, whatever order things were put in', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'ü' }], a: undefined, '': true })).toBe(
    '{"":true,"b":[1,{"c":"ü","d":null}]}',
  );
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }));
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test('what JSON cannot say is refused instead of being said differently', () => {
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
  expect(() => canonicalJson([undefined])).toThrow(TypeError);
});

test('a digest is SHA-256 in hex', () => {
  expect(sha256Of({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});

test('readiness, cordons, pods, leadership and time are no drift', () => {
  const basis = basisOf(snapshotOf());
  const other = snapshotOf({
    leader: 'cp-3',
    nodes: {
      'w-1': { ready: false, unschedulable: true, pressures: ['DiskPressure'], pods: { evictable: 40 } },
    },
    members: { 'cp-1': { healthy: false, dbSizeBytes: 9 } },
    overrides: {
      apiServers: { 'https://10.0.0.1:6443': version('1.33.13') },
      gaps: [{ what: 'a', why: 'b' }],
    },
  });
  expect(basisOf(other)).toBe(basis);
});

test.each<[string, Parameters<typeof snapshotOf>[0]]>([
  ['a node that came', { workers: ['w-1', 'w-2', 'w-3'] }],
  ['a node that went', { workers: ['w-1'] }],
  ['a kubelet that changed', { nodes: { 'w-1': { kubeletVersion: version('1.34.9') } } }],
  ['a component that changed', { nodes: { 'cp-1': { controlPlane: { apiServer: version('1.34.9') } } } }],
  ['a member that was replaced', { members: { 'cp-2': { id: '77' } } }],
  ['an etcd that became external', { external: ['https://10.0.0.5:2379'] }],
])('%s is drift', (_title, options) => {
  expect(basisOf(snapshotOf(options))).not.toBe(basisOf(snapshotOf()));
});

describe('a control plane whose static pods the API does not show yet', () => {
  const whole = {
    apiServer: version('1.33.13'),
    controllerManager: version('1.33.13'),
    scheduler: version('1.33.13'),
  };
  const etcdImageTag = '3.5.24-0';
  const cluster = (first: ControlPlaneVersions) =>
    basisOf(
      snapshotOf({
        nodes: {
          'cp-1': { controlPlane: first },
          'cp-2': { controlPlane: { ...whole, etcdImageTag } },
          'cp-3': { controlPlane: { ...whole, etcdImageTag } },
        },
      }),
    );
  const shown = cluster({ ...whole, etcdImageTag });

  test.each<[string, ControlPlaneVersions]>([
    ['one of the controllers', { ...whole, controllerManager: undefined, etcdImageTag }],
    ['its API server', { ...whole, apiServer: undefined, etcdImageTag }],
    ['its etcd', whole],
    ['any of them', {}],
  ])('is no drift when %s is seen again', (_title, first) => {
    expect(cluster(first)).toBe(shown);
  });

  test.each<[string, ControlPlaneVersions]>([
    ['a controller', { ...whole, scheduler: version('1.34.9'), etcdImageTag }],
    ['etcd', { ...whole, etcdImageTag: '3.6.5-0' }],
  ])('is drift when %s turns out to be another', (_title, first) => {
    expect(cluster(first)).not.toBe(cluster({}));
  });

  test('stays unknown where the others do not agree', () => {
    const mixed = (first: ControlPlaneVersions) =>
      basisOf(
        snapshotOf({
          nodes: {
            'cp-1': { controlPlane: first },
            'cp-2': { controlPlane: whole },
            'cp-3': { controlPlane: { ...whole, apiServer: version('1.34.9') } },
          },
        }),
      );
    expect(mixed({ ...whole, apiServer: undefined })).not.toBe(mixed(whole));
  });
});
