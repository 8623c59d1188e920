import { describe, expect, test } from 'vitest';
import { Plan, Refusal, stepsOf } from '../../src/domain/plan.ts';
import { version } from '../../src/domain/version.ts';
import { isUpToDate, planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { legsOf } from '../../src/plan/way/legs.ts';
import { renderPlan } from '../support/render-plan.ts';
import { policyOf, type SnapshotOptions, snapshotOf } from '../support/snapshots.ts';

const target = version('1.34.9');

function planOf(options: SnapshotOptions, policy = policyOf(), to = target): Plan {
  const snapshot = snapshotOf(options);
  const plan = planUpgrade({ cluster: snapshot.cluster, target: to }, snapshot, policy);
  if (plan.kind === 'refusal') throw new Error(plan.findings.map((finding) => finding.summary).join('\n'));
  return Plan.parse(plan);
}

function refusalOf(options: SnapshotOptions, to = target): Refusal {
  const snapshot = snapshotOf(options);
  const refusal = planUpgrade({ cluster: snapshot.cluster, target: to }, snapshot, policyOf());
  if (refusal.kind === 'plan') throw new Error('planned');
  return Refusal.parse(refusal);
}

const keys = (plan: Plan) => stepsOf(plan).map((step) => step.key);

describe('a whole upgrade', () => {
  test('of three control planes and two workers reads as recorded in the golden file', async () => {
    const plan = planOf({ controlPlanes: ['cp1', 'cp2', 'cp3'], workers: ['w1', 'w2'] });
    await expect(renderPlan(plan)).toMatchFileSnapshot('golden/three-control-planes.txt');
  });

  test('names the step after which etcd does not simply go back', () => {
    const plan = planOf({});
    const place = keys(plan).indexOf('v1.34.9/cp-1/upgrade-control-plane' as never) + 1;
    expect(plan.reversibility.freeUntil).toBe('v1.34.9/cp-1/upgrade-control-plane');
    expect(plan.reversibility.summary).toContain(
      `cp-1's etcd is upgraded (step ${place} of ${keys(plan).length})`,
    );
    expect(plan.etcd).toEqual({ from: '3.5.24', to: '3.6' });
  });

  test('goes from the oldest etcd member, where an earlier run moved one already', () => {
    const plan = planOf({ members: { 'cp-2': { version: '3.6.5' } } });
    expect(plan.etcd).toEqual({ from: '3.5.24', to: '3.6' });
  });

  test('of a patch is free all the way, because etcd keeps its line', () => {
    const plan = planOf({ offered: ['1.33.14'] }, policyOf(), version('1.33.14'));
    expect(plan.reversibility.freeUntil).toBeUndefined();
    expect(plan.etcd).toEqual({ from: '3.5.24' });
  });

  test('leaves an external etcd alone', () => {
    const plan = planOf({ external: ['https://10.0.0.5:2379'] });
    expect(keys(plan).filter((key) => key.includes('etcd'))).toEqual([]);
    expect(plan.reversibility.summary).toContain('external');
    const upgrade = stepsOf(plan).find((step) => step.kind === 'upgrade-control-plane');
    expect(upgrade?.input).toMatchObject({ etcd: 'external' });
  });

  test('carries the policy that was approved and the kubeadm options in its steps', () => {
    const policy = policyOf({
      kubeadm: { ignorePreflightErrors: ['SystemVerification', 'Swap'], patchesDirectory: '/etc/k/patches' },
    });
    const plan = planOf({}, policy);
    expect(plan.policy).toEqual(policy);
    const carried = stepsOf(plan).flatMap((step) => ('kubeadm' in step.input ? [step.input.kubeadm] : []));
    expect(carried).toHaveLength(5);
    for (const options of carried) {
      expect(options).toEqual({
        ignorePreflightErrors: ['Swap', 'SystemVerification'],
        patchesDirectory: '/etc/k/patches',
      });
    }
  });
});

describe('order', () => {
  test('takes the etcd leader last, and moves leadership away from each before its turn, as it can move by itself', () => {
    const plan = planOf({ leader: 'cp-2' });
    const upgrades = keys(plan).filter((key) => key.endsWith('upgrade-control-plane'));
    expect(upgrades.map((key) => key.split('/')[1])).toEqual(['cp-1', 'cp-3', 'cp-2']);
    expect(keys(plan).filter((key) => key.endsWith('move-etcd-leader'))).toEqual([
      'v1.34.9/cp-1/move-etcd-leader',
      'v1.34.9/cp-3/move-etcd-leader',
      'v1.34.9/cp-2/move-etcd-leader',
    ]);
  });

  test('takes etcd’s snapshot on a healthy member that does not lead', () => {
    const backUp = stepsOf(planOf({ leader: 'cp-1' })).find((step) => step.kind === 'back-up-etcd');
    expect(backUp?.input).toEqual({ node: 'cp-2' });
  });

  test('moves no leadership in a cluster of one member', () => {
    const plan = planOf({ controlPlanes: ['cp-1'] });
    expect(keys(plan).some((key) => key.endsWith('move-etcd-leader'))).toBe(false);
  });

  test('counts names as people do: w-2 before w-10', () => {
    const plan = planOf({ workers: ['w-10', 'w-2', 'w-1'] });
    const drained = keys(plan).filter((key) => key.endsWith('drain-node') && key.includes('/w-'));
    expect(drained.map((key) => key.split('/')[1])).toEqual(['w-1', 'w-2', 'w-10']);
  });

  test.each([
    [{ canary: 1, batch: 2 }, [['w-1'], ['w-2', 'w-3'], ['w-4', 'w-5'], ['w-6', 'w-7']]],
    [{ canary: 0, batch: '30%' }, [['w-1', 'w-2'], ['w-3', 'w-4'], ['w-5', 'w-6'], ['w-7']]],
    [{ canary: 2, batch: '10%' }, [['w-1'], ['w-2'], ['w-3'], ['w-4'], ['w-5'], ['w-6'], ['w-7']]],
    [{ canary: 1, batch: '100%' }, [['w-1'], ['w-2', 'w-3', 'w-4', 'w-5', 'w-6', 'w-7']]],
  ])('workers with %j go as %j', (workers, expected) => {
    const plan = planOf(
      { workers: ['w-1', 'w-2', 'w-3', 'w-4', 'w-5', 'w-6', 'w-7'] },
      policyOf({ workers }),
    );
    const batches = plan.phases
      .filter((phase) => phase.kind === 'canary' || phase.kind === 'workers')
      .flatMap((phase) => phase.batches)
      .map((batch) => batch.turns.flatMap((turn) => (turn.subject.kind === 'node' ? turn.subject.node : [])))
      .filter((nodes) => nodes.length > 0);
    expect(batches).toEqual(expected);
  });
});

describe('what an earlier run left', () => {
  const at = version('1.34.9');
  const done = {
    kubeletVersion: at,
    controlPlane: { apiServer: at, controllerManager: at, scheduler: at },
    host: { packages: { kubeadm: '1.34.9', kubelet: '1.34.9', kubectl: '1.34.9' } },
  };
  const { controlPlane: _, ...worker } = done;
  const kubeadm = { kubernetesVersion: at, imageRepository: 'registry.k8s.io', featureGates: {} };

  test('a node that is at the target in everything gets no turn', () => {
    const plan = planOf({ nodes: { 'cp-2': done }, overrides: { kubeadm } });
    expect(keys(plan).filter((key) => key.startsWith('v1.34.9/cp-2/'))).toEqual([]);
    const modes = stepsOf(plan).flatMap((step) =>
      step.kind === 'upgrade-control-plane' ? [step.input.mode] : [],
    );
    expect(modes, 'apply was through already').toEqual(['node', 'node']);
  });

  test('a half-done control plane goes first, with apply again, so that no second one is opened up', () => {
    const half = { controlPlane: { ...done.controlPlane, scheduler: version('1.33.13') } };
    const plan = planOf({ nodes: { 'cp-3': half }, overrides: { kubeadm } });
    const first = stepsOf(plan).find((step) => step.kind === 'upgrade-control-plane');
    expect(first?.input).toMatchObject({ node: 'cp-3', mode: 'apply' });
  });

  test('a kubelet that was installed but not restarted gets its turn', () => {
    const half = { host: { packages: { kubeadm: '1.34.9', kubelet: '1.34.9' } } };
    const plan = planOf({ nodes: { 'w-1': half } });
    expect(keys(plan)).toContain('v1.34.9/w-1/restart-kubelet');
  });

  test('only workers are left: no control plane phase, and the way back says so', () => {
    const plan = planOf({ nodes: { 'cp-1': done, 'cp-2': done, 'cp-3': done }, overrides: { kubeadm } });
    expect(plan.phases.map((phase) => phase.kind)).toEqual([
      'before',
      'addons',
      'canary',
      'workers',
      'after',
    ]);
    expect(plan.reversibility.summary).toContain('control plane is not touched');
  });

  test('everything looks done but kubeadm-config: one control plane is applied again, not the leader', () => {
    const nodes = { 'cp-1': done, 'cp-2': done, 'cp-3': done, 'w-1': worker, 'w-2': worker };
    const plan = planOf({ nodes });
    const upgrades = stepsOf(plan).filter((step) => step.kind === 'upgrade-control-plane');
    expect(upgrades.map((step) => step.input)).toMatchObject([{ node: 'cp-2', mode: 'apply' }]);
  });

  test('a node cordoned by somebody else is upgraded and stays cordoned', () => {
    const plan = planOf({ nodes: { 'w-1': { unschedulable: true } } });
    expect(keys(plan)).toContain('v1.34.9/w-1/restart-kubelet');
    expect(keys(plan)).not.toContain('v1.34.9/w-1/uncordon-node');
    expect(plan.findings.map((finding) => finding.code)).toContain('node.cordoned-by-others');
  });
});

describe('a refusal', () => {
  test('of a cluster at the target says that there is nothing to do, and is told apart', () => {
    const refusal = refusalOf({ version: '1.34.9', etcd: '3.6.5' });
    expect(isUpToDate(refusal)).toBe(true);
    expect(refusal.findings.filter((finding) => finding.severity === 'blocker')).toEqual([]);
    expect(isUpToDate(refusalOf({ nodes: { 'w-1': { ready: false } } }))).toBe(false);
  });

  test('for a skipped minor offers the newest patch of the next one', () => {
    const refusal = refusalOf({ offered: ['1.34.8', '1.34.9', '1.35.2'] }, version('1.35.2'));
    expect(refusal.instead).toBe('v1.34.9');
    expect(refusal.findings[0]).toMatchObject({ code: 'skew.minor-skipped', severity: 'blocker' });
  });

  test('for a version that nobody offers names the newest that everybody does', () => {
    const refusal = refusalOf(
      { nodes: { 'w-2': { host: { offered: [version('1.34.7'), version('1.34.8')] } } } },
      version('1.34.10'),
    );
    expect(refusal.instead).toBe('v1.34.8');
  });

  test('for another reason offers no other version', () => {
    expect(refusalOf({ nodes: { 'w-1': { ready: false } } }, version('1.34.8')).instead).toBeUndefined();
  });

  test('holds warnings behind blockers', () => {
    const { findings } = refusalOf({
      nodes: { 'w-1': { ready: false }, 'w-2': { pressures: ['DiskPressure'] } },
    });
    expect(findings.map((finding) => finding.severity)).toEqual(['blocker', 'warning', 'warning']);
  });
});

test('an intent for another cluster than the snapshot is a mistake of the caller', () => {
  const snapshot = snapshotOf();
  const intent = { cluster: snapshotOf({ cluster: 'staging' }).cluster, target };
  expect(() => planUpgrade(intent, snapshot, policyOf())).toThrow(RangeError);
});

describe('several minors in hops', () => {
  const everything = ['1.33.13', '1.34.8', '1.34.9', '1.35.1', '1.35.2', '1.36.0'];
  const inHops = (options: SnapshotOptions, to: string) => {
    const snapshot = snapshotOf({ offered: everything, ...options });
    return planUpgrade(
      { cluster: snapshot.cluster, target: version(to), inHops: true },
      snapshot,
      policyOf(),
    );
  };
  const planned = (options: SnapshotOptions, to: string): Plan => {
    const plan = inHops(options, to);
    if (plan.kind === 'refusal') throw new Error(plan.findings.map((finding) => finding.summary).join('\n'));
    return Plan.parse(plan);
  };

  test('lead through the newest patch that every node is offered; workers skip the hops between', () => {
    const plan = planned(
      {
        nodes: { 'w-2': { host: { offered: ['1.34.8', '1.35.2', '1.36.0'].map((text) => version(text)) } } },
      },
      '1.36.0',
    );
    expect(plan.hops).toEqual(['v1.34.8', 'v1.35.2', 'v1.36.0']);
    expect(keys(plan).filter((key) => key.endsWith('w-1/restart-kubelet'))).toEqual([
      'v1.36.0/w-1/restart-kubelet',
    ]);
    expect(keys(plan).filter((key) => key.endsWith('cp-1/restart-kubelet'))).toHaveLength(3);
  });

  test('save etcd, ConfigMaps and the files of control planes before each hop, under names of their own', () => {
    const plan = planned({}, '1.35.2');
    expect(keys(plan).filter((key) => key.includes('back-up-etcd'))).toEqual([
      'before/back-up-etcd',
      'v1.35.2/back-up-etcd',
    ]);
    const again = stepsOf(plan).filter(({ key }) => key.startsWith('v1.35.2') && key.includes('back-up'));
    for (const { kind, input } of again) {
      if (kind !== 'back-up-node-files' || ('role' in input && input.role === 'control-plane')) {
        expect(input).toMatchObject({ before: 'v1.35.2' });
      }
    }
  });

  test('say hop by hop how far back it goes, and that nothing leads back across two with its data', () => {
    const { reversibility } = planned({}, '1.35.2');
    expect(reversibility.hops).toEqual([
      { from: 'v1.33.13', to: 'v1.34.9', freeUntil: 'v1.34.9/cp-1/upgrade-control-plane', etcdTo: '3.6' },
      { from: 'v1.34.9', to: 'v1.35.2' },
    ]);
    expect(reversibility.summary).toContain('only the backups from before lead back to v1.33.13');
  });

  test('take a kubelet that a hop would leave behind to the version of before first', () => {
    const plan = planned({ nodes: { 'w-2': { kubeletVersion: version('1.31.9') } } }, '1.35.2');
    expect(keys(plan).filter((key) => key.endsWith('w-2/restart-kubelet'))).toEqual([
      'v1.34.9/w-2/restart-kubelet',
      'v1.35.2/w-2/restart-kubelet',
    ]);
    expect(plan.findings.map(({ code }) => code)).toContain('skew.kubelet-goes-first');
  });

  test('do not skip the one minor whose kubeadm takes a flag away that later kubelets do not know', () => {
    const flags = [{ name: 'pod-infra-container-image', value: 'registry.k8s.io/pause:3.10' }];
    const machine = {
      kubelet: { arguments: [{ file: '/var/lib/kubelet/kubeadm-flags.env', flags }], featureGates: {} },
      staticPods: [],
    };
    const snapshot = snapshotOf({ offered: everything });
    const nodes = snapshot.nodes.map((node) =>
      node.name === 'w-2' && node.host.status === 'reached'
        ? { ...node, host: { ...node.host, machine } }
        : node,
    ) as typeof snapshot.nodes;
    const legs = legsOf(
      { ...snapshot, nodes },
      { cluster: snapshot.cluster, target: version('1.36.0'), inHops: true },
    );
    expect(legs.map((leg) => [leg.version, leg.workers.map(({ name }) => name)])).toEqual([
      ['v1.34.9', []],
      ['v1.35.2', ['w-2']],
      ['v1.36.0', ['w-1', 'w-2']],
    ]);
  });

  test('are refused with the minor that no repository leads through', () => {
    const refusal = inHops({ offered: ['1.33.13', '1.35.2'] }, '1.35.2');
    expect(refusal.findings[0]).toMatchObject({ code: 'packages.version-missing', severity: 'blocker' });
    expect(refusal.findings[0]?.summary).toContain('leads through v1.34');
  });

  test('finish an upgrade that stopped midway with the first hop', () => {
    const half = version('1.34.8');
    const plan = planned(
      {
        nodes: { 'cp-2': { controlPlane: { apiServer: half, controllerManager: half, scheduler: half } } },
        overrides: { kubeadm: { ...snapshotOf().kubeadm, kubernetesVersion: half } },
      },
      '1.35.2',
    );
    expect(plan.hops).toEqual(['v1.34.9', 'v1.35.2']);
  });

  test('are what a refusal offers where they were not asked for', () => {
    const refusal = refusalOf({ offered: everything }, version('1.35.2'));
    expect(refusal.inHops).toEqual(['v1.34.9', 'v1.35.2']);
    expect(refusalOf({ offered: ['1.33.13', '1.35.2'] }, version('1.35.2')).inHops).toBeUndefined();
  });
});
