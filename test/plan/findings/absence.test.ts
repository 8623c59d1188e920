import { describe, expect, test } from 'vitest';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { policyOf, type SnapshotOptions, snapshotOf } from '../../support/snapshots.ts';
import { certificate, controlPlaneAt, findingsOf, healthy, kubeadmAt, onNode, pdb, v } from './support.ts';

test('a healthy cluster has no finding at all', () => {
  expect(findingsOf({})).toEqual([]);
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

  test('nodes that are not Ready for different reasons have theirs in the facts', () => {
    const sick = (notReadyBecause: string) => ({ ready: false, notReadyBecause });
    const options = {
      nodes: { 'w-1': sick('PLEG is not healthy'), 'w-2': sick('container runtime is down') },
    };
    expect(findingsOf(options).find(({ code }) => code === 'node.not-ready')).toMatchObject({
      summary: 'w-1 and w-2: not Ready. An upgrade would hide what is wrong there.',
      facts: { 'w-1': 'PLEG is not healthy', 'w-2': 'container runtime is down' },
    });
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
    expect(findingsOf(options).map(({ code }) => code)).toEqual(['skew.kubelets-behind']);
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
