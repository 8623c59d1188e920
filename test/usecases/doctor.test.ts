import { expect, test } from 'vitest';
import { version } from '../../src/domain/version.ts';
import type { DoctorOutcome } from '../../src/usecases/use-cases.ts';
import { elsewhere, office } from '../support/office.ts';
import { channel, cluster, dana } from '../support/sample-plan.ts';
import { snapshotOf } from '../support/snapshots.ts';

const asked = { user: dana, channel, cluster };
const codesOf = (outcome: DoctorOutcome) =>
  outcome.status === 'examined'
    ? outcome.diagnosis.entries.map(({ finding, ahead }) => `${finding.code}${ahead ? ' ahead' : ''}`)
    : [outcome.status];

test('a healthy cluster has nothing to tell, and nothing is stored', async () => {
  const { useCases, store } = office();
  const outcome = await useCases.doctor(asked);
  expect(outcome).toMatchObject({
    status: 'examined',
    diagnosis: { current: 'v1.33.13', target: 'v1.34.9' },
  });
  expect(codesOf(outcome).filter((code) => !code.startsWith('etcd.'))).toEqual([]);
  expect(await store.list({ cluster })).toEqual([]);
});

test('what is wrong today and what only matters for the next minor are told apart, each once', async () => {
  const { useCases, world } = office();
  world.snapshot = snapshotOf({ nodes: { 'w-1': { ready: false } } });
  const codes = codesOf(await useCases.doctor(asked));
  expect(codes.filter((code) => code.startsWith('node.not-ready'))).toEqual(['node.not-ready']);
  expect(codes).toContain('etcd.below-recommended ahead');
});

test('a target several minors away is looked at through its hops', async () => {
  const { useCases, world } = office();
  world.snapshot = snapshotOf({ offered: ['1.33.13', '1.34.9', '1.35.2'] });
  const outcome = await useCases.doctor({ ...asked, target: { kind: 'exact', version: version('1.35.2') } });
  expect(outcome).toMatchObject({ status: 'examined', diagnosis: { target: 'v1.35.2' } });
  expect(codesOf(outcome)).not.toContain('skew.minor-skipped ahead');
});

test('where no next minor is on offer, today is looked at alone', async () => {
  const { useCases, world } = office();
  world.snapshot = snapshotOf({ offered: ['1.33.13'] });
  const outcome = await useCases.doctor(asked);
  expect(outcome).toMatchObject({ status: 'examined', diagnosis: { current: 'v1.33.13' } });
  expect(outcome.status === 'examined' && outcome.diagnosis.target).toBe(undefined);
});

test('a channel learns nothing of clusters that are not tied to it', async () => {
  const { useCases } = office();
  expect(await useCases.doctor({ ...asked, channel: elsewhere })).toMatchObject({ status: 'denied' });
});

test('what is removed in the next minor is told once, as what it is there', async () => {
  const { useCases, world } = office();
  const use = {
    group: 'flowcontrol.apiserver.k8s.io',
    version: 'v1beta3',
    resource: 'flowschemas',
    subresource: '',
    removedRelease: '1.34',
    requests: { get: 3, list: 2, watch: 1, write: 4 },
  };
  const uses = [use];
  world.snapshot = snapshotOf({ overrides: { apiUses: [{ endpoint: 'https://10.0.0.11:6443', uses }] } });
  const codes = codesOf(await useCases.doctor(asked)).filter((code) => code.startsWith('api.'));
  expect(codes).toEqual(['api.removed-in-use ahead']);
});
