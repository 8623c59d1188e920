import { describe, expect, test } from 'vitest';
import { Finding } from '../../../src/domain/finding.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { type NodeOverrides, policyOf, type SnapshotOptions, snapshotOf } from '../../support/snapshots.ts';

export const v = version;
export const GiB = 1024 ** 3;
/** Fit for the next line, so that the healthy cluster has no finding at all. */
export const healthy: SnapshotOptions = { etcd: '3.5.32' };

export function findingsOf(options: SnapshotOptions, policy = policyOf(), target = '1.34.9'): Finding[] {
  const snapshot = snapshotOf({ ...healthy, ...options });
  const { findings } = planUpgrade({ cluster: snapshot.cluster, target: v(target) }, snapshot, policy);
  return findings.map((finding) => Finding.parse(finding));
}

export const onNode = (name: string, overrides: NodeOverrides): SnapshotOptions => ({
  nodes: { [name]: overrides },
});
export const controlPlaneAt = (apiServer: string, others = apiServer) => ({
  controlPlane: { apiServer: v(apiServer), controllerManager: v(others), scheduler: v(others) },
});
export const kubeadmAt = (kubernetesVersion: string): SnapshotOptions => ({
  overrides: {
    kubeadm: {
      kubernetesVersion: v(kubernetesVersion),
      imageRepository: 'registry.k8s.io',
      featureGates: {},
    },
  },
});
export const certificate = (name: string, expiresAt: string): SnapshotOptions => ({
  overrides: { certificates: [{ node: 'cp-3' as never, name, expiresAt }] },
});

export const pdb = (overrides: object): SnapshotOptions => ({
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
export interface Row {
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

/** One test a row: the finding is there once, says what it must, and names its objects. */
export function testRows(rows: readonly Row[]): void {
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
}
