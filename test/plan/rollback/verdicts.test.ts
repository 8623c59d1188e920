import { describe, expect, test } from 'vitest';
import { NodeName } from '../../../src/domain/names.ts';
import { stepsOf } from '../../../src/domain/plan.ts';
import type { EtcdWay, VerdictCheck } from '../../../src/domain/rollback.ts';
import type { RollbackFacts } from '../../../src/domain/rollback-facts.ts';
import type { Run } from '../../../src/domain/run.ts';
import type { EtcdMember, NodeSnapshot, Snapshot } from '../../../src/domain/snapshot.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { verdictsOf } from '../../../src/plan/rollback/ways.ts';
import { backupsIn } from '../../support/rollback-world/saved.ts';
import { worldOf } from '../../support/rollback-world/world.ts';
import { knownFacts, stoppedAt, upgradeId } from '../../support/rollbacks.ts';
import { policyOf, type SnapshotOptions, snapshotOf } from '../../support/snapshots.ts';
import { unknownFacts } from '../../support/unknown-facts.ts';

/** An upgrade that went through, judged; what is seen of it can be changed. */
function judged(
  change: {
    snapshot?: (seen: Snapshot) => Snapshot;
    facts?: Partial<RollbackFacts>;
    backups?: (saved: ReturnType<typeof backupsIn>) => ReturnType<typeof backupsIn>;
    run?: (upgrade: Run) => Run;
  } = {},
  options: SnapshotOptions = {},
) {
  const before = snapshotOf(options);
  const plan = planUpgrade({ cluster: before.cluster, target: version('1.34.9') }, before, policyOf());
  if (plan.kind === 'refusal') throw new Error('refused');
  const { run, world } = stoppedAt(worldOf(before), plan, upgradeId, stepsOf(plan).length);
  const seen = { ...world.snapshot, crds: [] };
  const saved = backupsIn(world);
  const ways = verdictsOf(
    change.run?.(run) ?? run,
    { kind: 'all' },
    {
      snapshot: change.snapshot?.(seen) ?? seen,
      source: { backups: change.backups?.(saved) ?? saved, earlier: [] },
      facts: { ...knownFacts, ...change.facts },
    },
  );
  const verdict = (etcd: EtcdWay) => {
    const way = ways.ways.find((one) => one.etcd === etcd);
    if (!way) throw new Error(`no way ${etcd}`);
    return way.verdict;
  };
  const check = (etcd: EtcdWay, code: string): VerdictCheck | undefined =>
    verdict(etcd).checks.find((one) => one.code === code);
  return { ways, verdict, check };
}

const onNode = (name: string, by: (node: NodeSnapshot) => NodeSnapshot) => (seen: Snapshot) => ({
  ...seen,
  nodes: seen.nodes.map((node) => (node.name === name ? by(node) : node)),
});
const stored = (storedAs: string | undefined): Pick<RollbackFacts, 'stored'> => ({
  stored: {
    state: 'known',
    kinds: [
      {
        group: 'networking.k8s.io',
        resource: 'ipaddresses',
        kind: 'IPAddress',
        ...(storedAs === undefined ? {} : { storedAs }),
      },
    ],
  },
});
const counted = (ipaddresses: number): Pick<RollbackFacts, 'objects'> => ({
  objects: { state: 'known', counts: { ipaddresses } },
});

describe('of an upgrade that went through', () => {
  test('etcd is kept unless another way is asked for, and all ways are judged', () => {
    const { ways } = judged();
    expect(ways.preferred.etcd).toBe('keep');
    expect(ways.ways.map(({ verdict }) => verdict.kind)).toEqual([
      'keep-etcd',
      'etcd-downgrade',
      'restore-with-data-loss',
    ]);
  });

  test('what it rests on is told with numbers', () => {
    const details = judged()
      .verdict('keep')
      .checks.map(({ code, state, detail }) => `${code} ${state}: ${detail}`);
    expect(details).toEqual([
      'members holds: All 3 etcd members at 3.6.5; older API servers run on it.',
      'storage holds: 12 objects in 1 kind are stored in versions that are new in v1.34: ipaddresses (v1); v1.33 reads them all.',
      'alpha-objects holds: No object is stored in an alpha version.',
      'crds holds: There is no CustomResourceDefinition.',
      'backups holds: The files of 5 nodes are in the backup, unchanged.',
      'packages holds: The packages are in the repositories of 5 nodes.',
    ]);
  });

  test('a node that went on since closes every way; one that the run never touched closes none', () => {
    const newer = (name: string) =>
      judged({ snapshot: onNode(name, (node) => ({ ...node, kubeletVersion: version('1.34.10') })) });
    expect(newer('w-1').check('keep', 'later-changes')).toMatchObject({
      state: 'fails',
      detail: expect.stringContaining('w-1 is newer than v1.34.9'),
    });
    expect(newer('w-1').verdict('keep').kind).toBe('impossible');
    const joined = judged({
      snapshot: (seen) => ({
        ...seen,
        nodes: [
          ...seen.nodes,
          ...seen.nodes
            .filter(({ name }) => name === 'w-1')
            .map((node) => ({ ...node, name: NodeName.parse('w-9'), kubeletVersion: version('1.34.10') })),
        ],
      }),
    });
    expect(joined.check('keep', 'later-changes')).toBeUndefined();
  });

  test.each(['changed', 'missing'] as const)('a snapshot whose file is %s is not restored', (state) => {
    const { check, verdict } = judged({
      facts: { etcdutlAtHand: ['3.5'] },
      backups: (saved) => saved.map((one) => (one.kind === 'etcd-snapshot' ? { ...one, state } : one)),
    });
    expect(check('restore', 'snapshot')).toMatchObject({
      state: 'fails',
      detail: expect.stringContaining(state),
    });
    expect(verdict('restore').kind).toBe('impossible');
  });

  test('a control plane that is gone since closes the snapshot, which counts on it', () => {
    const { verdict } = judged({
      snapshot: (seen) => ({ ...seen, nodes: seen.nodes.filter(({ name }) => name !== 'cp-3') }),
    });
    expect(verdict('restore').kind).toBe('impossible');
    expect(verdict('restore').reasons.join()).toContain('cp-3 left the control plane since');
  });

  test('a control plane of which nobody knows which etcd it ran is not restored on', () => {
    const { check } = judged({
      run: (run) => ({
        ...run,
        plan: {
          ...run.plan,
          origin: run.plan.origin && {
            ...run.plan.origin,
            nodes: run.plan.origin.nodes.filter(({ node }) => node !== 'cp-2'),
          },
        },
      }),
    });
    expect(check('restore', 'tools')).toMatchObject({
      state: 'fails',
      detail: expect.stringContaining('cp-2'),
    });
  });

  test('etcd is downgraded by itself only where every member votes, and by one minor', () => {
    const members = (change: Partial<EtcdMember>) =>
      judged({
        snapshot: (seen) => ({
          ...seen,
          etcd:
            seen.etcd.topology === 'stacked'
              ? {
                  ...seen.etcd,
                  members: seen.etcd.members.map((one) =>
                    one.node === 'cp-2' ? { ...one, ...change } : one,
                  ),
                }
              : seen.etcd,
        }),
      });
    expect(members({}).check('downgrade', 'health')).toMatchObject({ state: 'holds' });
    expect(members({ isLearner: true }).check('downgrade', 'health')).toMatchObject({ state: 'fails' });
    expect(members({ healthy: false }).check('downgrade', 'health')).toMatchObject({ state: 'fails' });
    const far = members({ version: '3.7.0' });
    expect(far.check('downgrade', 'etcd-minors')).toMatchObject({ state: 'fails' });
    expect(far.verdict('downgrade').kind).toBe('impossible');
    expect(members({}).check('downgrade', 'etcd-minors')).toBeUndefined();
  });

  test('alpha objects that are there close the way that keeps them; restoring the snapshot is left', () => {
    const facts = { ...stored('v1alpha1'), ...counted(3) };
    const { ways, verdict } = judged({ facts });
    expect(verdict('keep').kind).toBe('impossible');
    expect(verdict('keep').reasons[0]).toContain('3 objects stored in alpha versions');
    expect(ways.preferred.verdict.kind).toBe('restore-with-data-loss');
  });

  test('an alpha version of which there is no object closes nothing', () => {
    const facts = { ...stored('v1alpha1'), ...counted(0) };
    expect(judged({ facts }).verdict('keep').kind).toBe('keep-etcd');
  });

  test('what could not be looked at is unknown, and closes nothing that is safe by the rules', () => {
    const { check, verdict } = judged({ facts: unknownFacts('no permission') });
    expect(check('keep', 'storage')).toMatchObject({ state: 'unknown' });
    expect(check('keep', 'alpha-objects')).toMatchObject({ state: 'unknown' });
    expect(verdict('keep').kind).toBe('keep-etcd');
    // But a restore is not begun with a tool that nobody has seen: etcd would be down by then.
    expect(verdict('restore').kind).toBe('impossible');
  });

  test('a stored version that its hash does not give away is unknown', () => {
    expect(judged({ facts: stored(undefined) }).check('keep', 'alpha-objects')).toMatchObject({
      state: 'unknown',
      detail: expect.stringContaining('ipaddresses'),
    });
  });

  test('a definition that has lost a stored version is told, and closes nothing', () => {
    const crd = {
      name: 'x.example.com',
      versions: [{ name: 'v2', served: true }],
      storedVersions: ['v1', 'v2'],
    };
    const { check, verdict } = judged({ snapshot: (seen) => ({ ...seen, crds: [crd] }) });
    expect(check('keep', 'crds')).toMatchObject({
      state: 'fails',
      detail: expect.stringContaining('x.example.com'),
    });
    expect(verdict('keep').kind).toBe('keep-etcd');
  });

  test('packages that are gone from one repository make it impossible, by name', () => {
    const snapshot = onNode('w-2', (node) =>
      node.host.status === 'reached'
        ? { ...node, host: { ...node.host, offered: [version('1.33.14'), version('1.34.9')] } }
        : node,
    );
    const { ways } = judged({ snapshot });
    expect(ways.preferred.verdict).toMatchObject({
      kind: 'impossible',
      reasons: [expect.stringContaining('1.33.13 is no longer in the repository of w-2')],
    });
  });

  test('a node that somebody has taken further on comes first', () => {
    const snapshot = onNode('w-1', (node) => ({ ...node, kubeletVersion: version('1.34.10') }));
    expect(judged({ snapshot }).verdict('keep').reasons[0]).toContain('w-1 is newer than v1.34.9');
  });

  test('a snapshot of the data says how old it is and what is lost', () => {
    const { verdict, check } = judged();
    expect(check('restore', 'snapshot')?.detail).toContain('60 minutes old');
    expect(verdict('restore').loss?.written).toEqual([{ kind: 'Deployment', count: 3 }]);
  });

  test('a control plane that joined since cannot be in the snapshot', () => {
    const snapshot = (seen: Snapshot) => {
      const twin = seen.nodes[0];
      return twin ? { ...seen, nodes: [...seen.nodes, { ...twin, name: 'cp-9' as never }] } : seen;
    };
    expect(judged({ snapshot }).verdict('restore').reasons.join(' ')).toContain(
      'cp-9 joined the control plane since',
    );
  });

  test('an external etcd is nobody’s to take back', () => {
    const { verdict } = judged({}, { external: ['https://10.0.0.5:2379'] });
    expect([verdict('keep').kind, verdict('downgrade').kind, verdict('restore').kind]).toEqual([
      'free',
      'impossible',
      'impossible',
    ]);
  });

  test('a member that is sick keeps etcd from its downgrade', () => {
    const snapshot = (seen: Snapshot): Snapshot => ({
      ...seen,
      etcd:
        seen.etcd.topology === 'stacked'
          ? { ...seen.etcd, members: seen.etcd.members.map((one, at) => ({ ...one, healthy: at > 0 })) }
          : seen.etcd,
    });
    expect(judged({ snapshot }).verdict('downgrade')).toMatchObject({
      kind: 'impossible',
      reasons: [expect.stringContaining('cp-1')],
    });
  });

  test('one member whose version nobody knows counts as moved: the dearer answer', () => {
    const snapshot = (seen: Snapshot): Snapshot => ({
      ...seen,
      etcd:
        seen.etcd.topology === 'stacked'
          ? {
              ...seen.etcd,
              members: seen.etcd.members.map((one, at) => (at === 0 ? { ...one, version: '' } : one)),
            }
          : seen.etcd,
    });
    expect(judged({ snapshot }).verdict('keep').kind).toBe('keep-etcd');
  });
});
