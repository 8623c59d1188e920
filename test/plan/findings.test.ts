import { describe, expect, test } from 'vitest';
import { Finding } from '../../src/domain/finding.ts';
import { version } from '../../src/domain/version.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { type NodeOverrides, policyOf, type SnapshotOptions, snapshotOf } from '../support/snapshots.ts';

const v = version;
const GiB = 1024 ** 3;
/** Fit for the next line, so that the healthy cluster has no finding at all. */
const healthy: SnapshotOptions = { etcd: '3.5.32' };

function findingsOf(options: SnapshotOptions, policy = policyOf(), target = '1.34.9'): Finding[] {
  const snapshot = snapshotOf({ ...healthy, ...options });
  const { findings } = planUpgrade({ cluster: snapshot.cluster, target: v(target) }, snapshot, policy);
  return findings.map((finding) => Finding.parse(finding));
}

const onNode = (name: string, overrides: NodeOverrides): SnapshotOptions => ({
  nodes: { [name]: overrides },
});
const controlPlaneAt = (apiServer: string, others = apiServer) => ({
  controlPlane: { apiServer: v(apiServer), controllerManager: v(others), scheduler: v(others) },
});
const kubeadmAt = (kubernetesVersion: string): SnapshotOptions => ({
  overrides: {
    kubeadm: {
      kubernetesVersion: v(kubernetesVersion),
      imageRepository: 'registry.k8s.io',
      featureGates: {},
    },
  },
});
const unreachable = (code: string) => ({
  host: { status: 'unreachable' as const, code, reason: 'no route to host' },
});
const pdb = (overrides: object): SnapshotOptions => ({
  overrides: {
    pdbs: [
      {
        namespace: 'shop',
        name: 'db',
        disruptionsAllowed: 0,
        currentHealthy: 2,
        desiredHealthy: 2,
        expectedPods: 2,
        nodes: ['w-1' as never],
        ...overrides,
      },
    ],
  },
});
const certificate = (name: string, expiresAt: string): SnapshotOptions => ({
  overrides: { certificates: [{ node: 'cp-3' as never, name, expiresAt }] },
});

interface Row {
  code: string;
  severity: Finding['severity'];
  title: string;
  options: SnapshotOptions;
  policy?: ReturnType<typeof policyOf>;
  target?: string;
  /** The names of all objects, in order. */
  objects: string[];
  /** What the summary must say: numbers and names, not mood. */
  says: string;
}

const rows: Row[] = [
  {
    code: 'skew.other-major',
    severity: 'blocker',
    title: 'a target of another major release',
    options: {},
    target: '2.0.0',
    objects: ['prod-eu'],
    says: 'v2.0.0',
  },
  {
    code: 'skew.downgrade',
    severity: 'blocker',
    title: 'a target of an older minor',
    options: {},
    target: '1.32.9',
    objects: ['prod-eu'],
    says: 'a way back, not an upgrade',
  },
  {
    code: 'skew.patch-downgrade',
    severity: 'blocker',
    title: 'an older patch of the same minor',
    options: {},
    target: '1.33.9',
    objects: ['prod-eu'],
    says: 'older patch than v1.33.13',
  },
  {
    code: 'skew.minor-skipped',
    severity: 'blocker',
    title: 'a target two minors away',
    options: {},
    target: '1.35.2',
    objects: ['prod-eu'],
    says: '2 minors away',
  },
  {
    code: 'skew.api-servers-apart',
    severity: 'blocker',
    title: 'API servers two minors apart',
    options: onNode('cp-2', controlPlaneAt('1.31.9')),
    target: '1.32.9',
    objects: ['cp-1', 'cp-2', 'cp-3'],
    says: '2 minors apart (cp-1 and cp-3 on v1.33.13, cp-2 on v1.31.9)',
  },
  {
    code: 'skew.half-finished-upgrade',
    severity: 'warning',
    title: 'an upgrade that stopped midway and that the target finishes',
    options: { ...onNode('cp-2', controlPlaneAt('1.34.8')), ...kubeadmAt('1.34.8') },
    objects: ['cp-1', 'cp-2', 'cp-3'],
    says: 'cp-2 on v1.34.8',
  },
  {
    code: 'skew.half-finished-upgrade',
    severity: 'blocker',
    title: 'an upgrade that stopped midway above the target',
    options: { ...onNode('cp-2', controlPlaneAt('1.34.9')), ...kubeadmAt('1.34.9') },
    target: '1.34.8',
    objects: ['cp-1', 'cp-2', 'cp-3'],
    says: 'v1.34.8 is older than v1.34.9',
  },
  {
    code: 'skew.kubelet-too-old',
    severity: 'blocker',
    title: 'a kubelet four minors behind the target',
    options: onNode('w-2', { kubeletVersion: v('1.30.4') }),
    objects: ['w-2'],
    says: 'w-2 (v1.30.4)',
  },
  {
    code: 'skew.kubelet-newer-than-target',
    severity: 'blocker',
    title: 'a kubelet that is beyond the target',
    options: onNode('w-2', { kubeletVersion: v('1.34.9') }),
    target: '1.34.8',
    objects: ['w-2'],
    says: 'w-2 (v1.34.9)',
  },
  {
    code: 'skew.kubelet-newer-than-api-server',
    severity: 'warning',
    title: 'a kubelet that went ahead of the control plane',
    options: onNode('w-2', { kubeletVersion: v('1.34.8') }),
    objects: ['w-2'],
    says: 'newer than the oldest kube-apiserver (v1.33.13)',
  },
  {
    code: 'skew.controllers-out-of-range',
    severity: 'warning',
    title: 'a scheduler newer than its API server, which the target heals',
    options: onNode('cp-2', controlPlaneAt('1.33.13', '1.34.9')),
    objects: ['cp-2'],
    says: 'kube-scheduler v1.34.9 beside kube-apiserver v1.33.13 on cp-2',
  },
  {
    code: 'skew.controllers-out-of-range',
    severity: 'blocker',
    title: 'controllers beyond the target',
    options: onNode('cp-2', controlPlaneAt('1.33.13', '1.34.9')),
    target: '1.34.8',
    objects: ['cp-2'],
    says: 'kube-controller-manager v1.34.9',
  },
  {
    code: 'skew.kubeadm-config-differs',
    severity: 'warning',
    title: 'a kubeadm-config that names what nobody runs',
    options: kubeadmAt('1.33.9'),
    objects: ['kubeadm-config'],
    says: 'says v1.33.9, but kube-apiserver runs v1.33.13',
  },
  {
    code: 'packages.version-missing',
    severity: 'blocker',
    title: 'a repository that lacks the version on some nodes',
    options: onNode('w-2', { host: { offered: [v('1.34.8'), v('1.34.7')] } }),
    objects: ['w-2'],
    says: 'on offer: v1.34.7, v1.34.8',
  },
  {
    code: 'packages.repository-unreachable',
    severity: 'blocker',
    title: 'a repository that does not answer',
    options: onNode('w-2', { host: { offeredProblem: 'Could not resolve pkgs.k8s.io' } }),
    objects: ['w-2'],
    says: 'w-2: Could not resolve pkgs.k8s.io',
  },
  {
    code: 'packages.newer-than-target',
    severity: 'blocker',
    title: 'a kubeadm that a system update moved ahead',
    options: onNode('w-2', { host: { packages: { kubeadm: '1.34.10', kubelet: '1.33.13' } } }),
    objects: ['w-2'],
    says: 'newer than v1.34.9 on w-2',
  },
  {
    code: 'packages.interrupted',
    severity: 'warning',
    title: 'a package operation that was cut off',
    options: onNode('w-2', { host: { interruptedPackages: true } }),
    objects: ['w-2'],
    says: 'cut off on w-2',
  },
  {
    code: 'packages.not-held',
    severity: 'info',
    title: 'packages that are not held',
    options: onNode('w-2', { host: { held: ['kubeadm'] } }),
    objects: ['w-2'],
    says: 'w-2',
  },
  {
    code: 'ssh.host-key-changed',
    severity: 'blocker',
    title: 'a machine whose host key changed',
    options: onNode('w-2', unreachable('ssh.host-key-changed')),
    objects: ['w-2'],
    says: 'w-2: no route to host',
  },
  {
    code: 'ssh.unreachable',
    severity: 'blocker',
    title: 'a machine that fails for a reason without a code',
    options: onNode('w-2', unreachable('something.new')),
    objects: ['w-2'],
    says: 'w-2',
  },
  {
    code: 'node.not-ready',
    severity: 'blocker',
    title: 'a node that is not Ready',
    options: onNode('w-2', { ready: false }),
    objects: ['w-2'],
    says: 'w-2',
  },
  {
    code: 'node.pressure',
    severity: 'warning',
    title: 'a node under pressure',
    options: onNode('w-2', { pressures: ['MemoryPressure', 'DiskPressure'] }),
    objects: ['w-2'],
    says: 'w-2 (DiskPressure, MemoryPressure)',
  },
  {
    code: 'node.cordoned-by-others',
    severity: 'warning',
    title: 'a node that somebody cordoned',
    options: onNode('w-2', { unschedulable: true }),
    objects: ['w-2'],
    says: 'stay cordoned',
  },
  {
    code: 'node.cordoned-by-run',
    severity: 'warning',
    title: 'a node that an earlier run left cordoned',
    options: onNode('w-2', { unschedulable: true, cordonedByRun: 'abc234' }),
    objects: ['w-2'],
    says: 'earlier run (abc234): w-2',
  },
  {
    code: 'kubeadm.manifest-missing',
    severity: 'blocker',
    title: 'a control plane without its API server’s manifest',
    options: onNode('cp-2', {
      host: { manifests: ['etcd.yaml', 'kube-controller-manager.yaml', 'kube-scheduler.yaml'] },
    }),
    objects: ['cp-2'],
    says: 'kube-apiserver.yaml on cp-2',
  },
  {
    code: 'control-plane.component-unseen',
    severity: 'blocker',
    title: 'a scheduler that is not seen running',
    options: onNode('cp-2', { controlPlane: { apiServer: v('1.33.13'), controllerManager: v('1.33.13') } }),
    objects: ['cp-2'],
    says: 'kube-scheduler on cp-2',
  },
  {
    code: 'control-plane.none',
    severity: 'blocker',
    title: 'a cluster that shows no control plane',
    options: { controlPlanes: [] },
    objects: ['prod-eu'],
    says: 'No node of prod-eu',
  },
  {
    code: 'control-plane.single',
    severity: 'warning',
    title: 'a single control plane',
    options: { controlPlanes: ['cp-1'] },
    objects: ['cp-1'],
    says: 'the API is away for minutes',
  },
  {
    code: 'etcd.unhealthy',
    severity: 'blocker',
    title: 'an etcd member that is not healthy',
    options: { members: { 'cp-2': { healthy: false } } },
    objects: ['cp-2'],
    says: 'cp-2 (2 of 3 are)',
  },
  {
    code: 'etcd.learner-present',
    severity: 'blocker',
    title: 'a learner',
    options: { members: { 'cp-2': { isLearner: true } } },
    objects: ['cp-2'],
    says: 'cp-2',
  },
  {
    code: 'etcd.no-quorum-margin',
    severity: 'blocker',
    title: 'two etcd members',
    options: { controlPlanes: ['cp-1', 'cp-2'] },
    objects: ['cp-1', 'cp-2'],
    says: '2 members',
  },
  {
    code: 'etcd.no-leader',
    severity: 'blocker',
    title: 'an etcd without a leader',
    options: { leader: 'nobody' },
    objects: ['cp-1', 'cp-2', 'cp-3'],
    says: 'no leader',
  },
  {
    code: 'etcd.below-recommended',
    severity: 'warning',
    title: 'an etcd too old to be the last stop before 3.6',
    options: { members: { 'cp-2': { version: '3.5.24' } } },
    objects: ['cp-2'],
    says: '3.5.26 or later on all members before that (cp-2 3.5.24)',
  },
  {
    code: 'etcd.image-pinned',
    severity: 'info',
    title: 'an etcd image pinned by hand',
    options: {
      overrides: {
        kubeadm: {
          kubernetesVersion: v('1.33.13'),
          imageRepository: 'registry.k8s.io',
          etcdImageTag: '3.5.32-0',
          featureGates: {},
        },
      },
    },
    objects: ['kubeadm-config'],
    says: '3.5.32-0',
  },
  {
    code: 'etcd.external',
    severity: 'info',
    title: 'an external etcd',
    options: { external: ['https://10.0.0.5:2379'] },
    objects: ['https://10.0.0.5:2379'],
    says: 'neither backed up nor upgraded',
  },
  {
    code: 'certificates.expired',
    severity: 'blocker',
    title: 'an expired certificate',
    options: certificate('apiserver', '2026-11-23T09:59:59Z'),
    objects: ['apiserver'],
    says: 'apiserver on cp-3',
  },
  {
    code: 'certificates.expiring',
    severity: 'warning',
    title: 'a certificate that expires in 19 days',
    options: certificate('apiserver', '2026-12-12T12:00:00Z'),
    objects: ['apiserver'],
    says: '19 days',
  },
  {
    code: 'certificates.authority-expiring',
    severity: 'warning',
    title: 'an authority that expires in 19 days',
    options: certificate('etcd-ca', '2026-12-12T12:00:00Z'),
    objects: ['etcd-ca'],
    says: '19 days',
  },
  {
    code: 'node.disk-low',
    severity: 'blocker',
    title: 'a disk too full for packages',
    options: onNode('w-2', { host: { freeBytes: { '/': 0.5 * GiB } } }),
    objects: ['w-2'],
    says: 'w-2 has 512 MiB on /, wants 1 GiB',
  },
  {
    code: 'node.disk-low',
    severity: 'blocker',
    title: 'less room beside etcd than twice its database',
    options: {
      nodes: { 'cp-2': { host: { freeBytes: { '/': 40 * GiB, '/var/lib/etcd': 3 * GiB } } } },
      members: { 'cp-2': { dbSizeBytes: 2 * GiB } },
    },
    objects: ['cp-2'],
    says: 'cp-2 has 3 GiB on /var/lib/etcd, wants 4 GiB',
  },
  {
    code: 'node.disk-low',
    severity: 'warning',
    title: 'a disk that is getting short',
    options: onNode('w-2', { host: { freeBytes: { '/': 2 * GiB } } }),
    objects: ['w-2'],
    says: 'w-2 has 2 GiB on /, wants 3 GiB',
  },
  {
    code: 'pdb.blocks-now',
    severity: 'warning',
    title: 'a budget that allows nothing now',
    options: pdb({}),
    objects: ['db', 'w-1'],
    says: 'PDB shop/db allows 0 disruptions now (needs 2, has 2): w-1 will wait',
  },
  {
    code: 'drain.unmanaged-pods',
    severity: 'blocker',
    title: 'a pod that nothing would recreate',
    options: onNode('w-2', { pods: { unmanaged: ['shop/bare'] } }),
    objects: ['bare'],
    says: 'shop/bare on w-2',
  },
  {
    code: 'drain.unmanaged-pods',
    severity: 'warning',
    title: 'a pod that nothing recreates, where policy deletes it',
    options: onNode('w-2', { pods: { unmanaged: ['shop/bare'] } }),
    policy: policyOf({ drain: { deleteUnmanagedPods: true } }),
    objects: ['bare'],
    says: '1 pod without a controller will be deleted',
  },
  {
    code: 'drain.empty-dir-data',
    severity: 'info',
    title: 'a pod with emptyDir data',
    options: onNode('w-2', { pods: { emptyDir: ['shop/db-1'] } }),
    objects: ['db-1'],
    says: '1 pod loses its emptyDir data',
  },
  {
    code: 'drain.empty-dir-data',
    severity: 'blocker',
    title: 'a pod with emptyDir data, where policy keeps that',
    options: onNode('w-2', { pods: { emptyDir: ['shop/db-1'] } }),
    policy: policyOf({ drain: { deleteEmptyDirData: false } }),
    objects: ['db-1'],
    says: 'shop/db-1 on w-2',
  },
  {
    code: 'snapshot.gap',
    severity: 'warning',
    title: 'something that could not be looked at',
    options: { overrides: { gaps: [{ what: 'PodDisruptionBudgets', why: 'forbidden' }] } },
    objects: ['prod-eu'],
    says: 'PodDisruptionBudgets (forbidden)',
  },
  {
    code: 'plan.nothing-to-do',
    severity: 'info',
    title: 'a cluster that is there already',
    options: { version: '1.34.9', etcd: '3.6.5' },
    objects: ['prod-eu'],
    says: 'all its 5 nodes are on v1.34.9',
  },
];

test('a healthy cluster has no finding at all', () => {
  expect(findingsOf({})).toEqual([]);
});

describe('each finding is there when it should be', () => {
  test.each(rows)(
    '$code ($severity): $title',
    ({ code, severity, options, policy, target, objects, says }) => {
      const found = findingsOf(options, policy, target).filter((finding) => finding.code === code);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ code, severity });
      expect(found[0]?.summary).toContain(says);
      expect(found[0]?.objects.map((object) => object.name)).toEqual(objects);
      expect(found[0]?.remedy.length).toBeGreaterThan(10);
    },
  );
});

describe('and not when it should not', () => {
  const done = {
    kubeletVersion: v('1.34.9'),
    host: { packages: { kubeadm: '1.34.9', kubelet: '1.34.9' } },
  };
  test.each<[string, SnapshotOptions]>([
    ['node.not-ready blocks no worker that gets no turn', onNode('w-2', { ...done, ready: false })],
    ['pdb.blocks-now is silent about nodes that are not drained', { ...onNode('w-1', done), ...pdb({}) }],
    ['pdb.blocks-now is silent where one may go', pdb({ disruptionsAllowed: 1, currentHealthy: 3 })],
    [
      'drain.unmanaged-pods looks only at nodes to drain',
      onNode('w-2', { ...done, pods: { unmanaged: ['a/b'] } }),
    ],
    ['certificates with 30 days left are fine', certificate('apiserver', '2026-12-23T10:00:01Z')],
    [
      'packages.version-missing spares nodes without a turn',
      onNode('w-2', { ...done, host: { ...done.host, offered: [] } }),
    ],
  ])('%s', (_title, options) => {
    expect(findingsOf(options).filter((finding) => finding.severity === 'blocker')).toEqual([]);
    expect(findingsOf(options).map((finding) => finding.code)).not.toContain('pdb.blocks-now');
  });

  test('a control plane that is not Ready blocks even without a turn', () => {
    const at = v('1.34.9');
    const { controlPlane } = controlPlaneAt('1.34.9');
    const options = {
      nodes: { 'cp-2': { ...done, controlPlane, ready: false, kubeletVersion: at } },
      ...kubeadmAt('1.34.9'),
    };
    expect(findingsOf(options).filter(({ code }) => code === 'node.not-ready')).toMatchObject([
      { severity: 'blocker', objects: [{ name: 'cp-2' }] },
    ]);
  });

  test('etcd’s manifest is wanted where etcd is stacked, and only there', () => {
    const without = onNode('cp-2', {
      host: { manifests: ['kube-apiserver.yaml', 'kube-controller-manager.yaml', 'kube-scheduler.yaml'] },
    });
    expect(findingsOf(without).map(({ code }) => code)).toEqual(['kubeadm.manifest-missing']);
    const external = findingsOf({ ...without, external: ['https://10.0.0.5:2379'] });
    expect(external.map(({ code }) => code)).toEqual(['etcd.external']);
  });

  test('a single control plane is no news where only workers are left', () => {
    const { controlPlane } = controlPlaneAt('1.34.9');
    const options = {
      controlPlanes: ['cp-1'],
      etcd: '3.6.5',
      ...onNode('cp-1', { ...done, controlPlane }),
      ...kubeadmAt('1.34.9'),
    };
    expect(findingsOf(options)).toEqual([]);
  });

  test('etcd that stays on its line is never too old for it', () => {
    const codes = findingsOf({ etcd: '3.5.21', offered: ['1.33.14'] }, policyOf(), '1.33.14').map(
      ({ code }) => code,
    );
    expect(codes).toEqual([]);
  });

  test('a repository that was never asked is a warning, one that is not configured a blocker', () => {
    const ask = (repository: object) => {
      const snapshot = snapshotOf(healthy);
      const nodes = snapshot.nodes.map((node) => {
        if (node.name !== 'w-2' || node.host.status !== 'reached') return node;
        const { offered: _offered, repositoryMinor: _minor, ...host } = node.host;
        return { ...node, host: { ...host, ...repository } };
      });
      const target = v('1.34.9');
      return planUpgrade({ cluster: snapshot.cluster, target }, { ...snapshot, nodes }, policyOf()).findings;
    };
    expect(ask({ repositoryMinor: '1.33' })).toMatchObject([
      { code: 'packages.offer-unknown', severity: 'warning', objects: [{ name: 'w-2' }] },
    ]);
    for (const repository of [{}, { offered: [], offeredProblem: 'none is configured' }]) {
      expect(ask(repository)).toMatchObject([
        { code: 'packages.repository-not-found', severity: 'blocker', objects: [{ name: 'w-2' }] },
      ]);
    }
  });
});

test('a thousand nodes with the same trouble are one finding that names all and says how many', () => {
  const workers = Array.from({ length: 1_000 }, (_, index) => `w-${index + 1}`);
  const nodes = Object.fromEntries(workers.map((name) => [name, { host: { offered: [v('1.34.8')] } }]));
  const found = findingsOf({ workers, nodes }).filter(
    (finding) => finding.code === 'packages.version-missing',
  );
  expect(found).toHaveLength(1);
  expect(found[0]?.objects).toHaveLength(1_000);
  expect(found[0]?.summary).toContain('w-1, w-2, w-3, w-4, w-5, w-6 and 994 more');
});
