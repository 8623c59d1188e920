import { describe, expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { stepsOf } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import { version } from '../../src/domain/version.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import type { BackupRecord } from '../../src/ports/run-store.ts';
import type { StorageSurvey } from '../../src/ports/storage-survey.ts';
import type { Look } from '../../src/snapshot/gather-snapshot.ts';
import { lookBack } from '../../src/snapshot/look-back.ts';
import { unobservableBy } from '../../src/snapshot/unobservable.ts';
import { haltedRun, upgradeId } from '../support/rollbacks.ts';
import { realClock } from '../support/running.ts';
import { policyOf, snapshotOf } from '../support/snapshots.ts';
import { fakeHost, switchedOff } from './support/fake-host.ts';

const before = snapshotOf({ controlPlanes: ['cp-1'], workers: ['w-1'] });
const plan = planUpgrade({ cluster: before.cluster, target: version('1.34.9') }, before, policyOf());
if (plan.kind === 'refusal') throw new Error('refused');
const begun = stepsOf(plan).findIndex(({ kind }) => kind === 'upgrade-control-plane');
const of: Run = haltedRun(upgradeId, plan, begun, true);
const saving = stepsOf(plan).find(({ kind }) => kind === 'back-up-etcd');

const silent = unobservableBy(
  before.cluster,
  new StepFailure('kubernetes.unavailable', 'No API server of prod-eu answers.'),
);
const survey: StorageSurvey = {
  storedKinds: async () => [{ group: 'apps', resource: 'deployments', kind: 'Deployment', storedAs: 'v1' }],
  objectCounts: async () => ({ deployments: 4 }),
  writtenSince: async ({ kind }) => {
    if (kind === 'Secret') throw new StepFailure('kubernetes.refused', 'Secrets may not be listed.');
    return kind === 'Deployment' ? 2 : 0;
  },
};

function backup(name: string, sha256: string): BackupRecord {
  if (!saving) throw new Error('nothing saves etcd');
  const { cluster, id: run } = of;
  const path = `/backups/${name}`;
  return {
    run,
    step: saving.key,
    cluster,
    kind: 'etcd-snapshot',
    path,
    bytes: 1,
    sha256,
    takenAt: of.createdAt,
  };
}

const records = ['intact', 'changed', 'missing', 'unreadable'].map((name) => backup(name, 'a'.repeat(64)));

function looking(seen: Look, more: Partial<Parameters<typeof lookBack>[0]> = {}) {
  return lookBack({
    of,
    policy: policyOf(),
    look: async () => seen,
    storage: survey,
    hostOf: (node) => fakeHost(node),
    store: { backups: async () => records },
    backups: {
      async inspect(path) {
        if (path.endsWith('missing')) return undefined;
        if (path.endsWith('unreadable')) throw new Error('EACCES');
        return { bytes: 1, sha256: (path.endsWith('changed') ? 'b' : 'a').repeat(64) };
      },
    },
    clock: realClock,
    ...more,
  });
}

describe('a look at what taking a run back would meet', () => {
  test('looks at every backup as it lies there now', async () => {
    const seen = await looking({ status: 'observed', snapshot: before });
    if (seen.status !== 'observed') throw new Error('not observed');
    expect(seen.backups.map(({ state }) => state)).toEqual(['intact', 'changed', 'missing', 'unreadable']);
  });

  test('counts what would be lost, and names what it may not count', async () => {
    const seen = await looking({ status: 'observed', snapshot: before });
    expect(seen).toMatchObject({
      blind: false,
      facts: {
        stored: { state: 'known' },
        objects: { counts: { deployments: 4 } },
        tools: [{ node: 'cp-1', restores: ['3.5'], etcdctl: '3.6.5' }],
        loss: {
          loss: { written: [{ kind: 'Deployment', count: 2 }], uncounted: ['Secret', 'custom resources'] },
        },
      },
    });
  });

  test('a survey that fails is unknown, and the rest is there', async () => {
    const storage: StorageSurvey = {
      ...survey,
      storedKinds: () => Promise.reject(new StepFailure('kubernetes.refused', 'It may not be read.')),
    };
    const seen = await looking({ status: 'observed', snapshot: before }, { storage });
    expect(seen).toMatchObject({
      facts: { stored: { state: 'unknown', why: 'It may not be read' }, objects: { state: 'known' } },
    });
  });

  test('goes by what machines tell over SSH where no API server answers', async () => {
    const seen = await looking(silent);
    if (seen.status !== 'observed') throw new Error('not observed');
    expect(seen.blind).toBe(true);
    expect(seen.snapshot.nodes.map(({ name, role }) => [name, role])).toEqual([
      ['cp-1', 'control-plane'],
      ['w-1', 'worker'],
    ]);
    // No manifest of an API server is left to tell: what the run had begun may have written data already.
    expect(seen.snapshot.kubeadm.kubernetesVersion).toBe('v1.34.9');
    expect(seen.facts).toMatchObject({ stored: { state: 'unknown' }, loss: { state: 'unknown' } });
  });

  test('is none where machines do not answer either, or the API refuses', async () => {
    const hostOf = (node: string) => fakeHost(node, { unreachable: switchedOff(node) });
    expect(await looking(silent, { hostOf })).toEqual(silent);
    const refused = unobservableBy(before.cluster, new StepFailure('kubernetes.refused', 'Unauthorized.'));
    expect(await looking(refused)).toEqual(refused);
  });

  test('is none of a run whose plan does not say where nodes began', async () => {
    const { origin: _origin, ...old } = of.plan;
    const seen = await looking({ status: 'observed', snapshot: before }, { of: { ...of, plan: old } });
    expect(seen).toMatchObject({ status: 'unobservable', findings: [{ code: 'rollback.no-origin' }] });
  });
});
