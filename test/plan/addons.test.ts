import { describe, expect, test } from 'vitest';
import { type Plan, stepsOf } from '../../src/domain/plan.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { version } from '../../src/domain/version.ts';
import { basisOf } from '../../src/plan/basis.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { policyOf, type SnapshotOptions, snapshotOf } from '../support/snapshots.ts';

const manifest = '/etc/bot/csi.yaml';
const manifests = { [manifest]: { bytes: 10, sha256: 'a'.repeat(64) } };

function planned(policy: Parameters<typeof policyOf>[0], options: SnapshotOptions = {}): Plan {
  const given: Policy = policyOf(policy);
  const snapshot = snapshotOf({
    etcd: '3.5.32',
    controlPlanes: ['cp-1', 'cp-2', 'cp-3'],
    workers: ['w-1'],
    ...options,
  });
  const plan = planUpgrade({ cluster: snapshot.cluster, target: version('1.34.9') }, snapshot, given);
  if (plan.kind === 'refusal') throw new Error(plan.findings.map(({ summary }) => summary).join('\n'));
  return plan;
}

const addons = [
  { name: 'csi', when: 'after-workers' as const, manifest, verify: ['true'] },
  {
    name: 'cni',
    when: 'before-hop' as const,
    node: 'cp-2',
    command: ['upgrade-cni', '{version}', '{minor}'],
    verify: ['check-cni', '{version}'],
  },
  { name: 'dns', when: 'after-hop' as const, command: ['upgrade-dns'], verify: ['true'] },
];

describe('configured add-ons', () => {
  const plan = planned({ addons }, { overrides: { manifests } });
  const keys = stepsOf(plan).map(({ key }) => key as string);

  test('stand where they were wanted', () => {
    const at = (key: string) => keys.indexOf(key);
    expect(at('v1.34.9/cp-2/run-addon/cni')).toBeGreaterThan(at('before/back-up-etcd'));
    expect(at('v1.34.9/cp-2/run-addon/cni')).toBeLessThan(at('v1.34.9/cp-2/switch-repository'));
    expect(at('v1.34.9/cp-1/run-addon/dns')).toBeGreaterThan(at('v1.34.9/cp-1/uncordon-node'));
    expect(at('v1.34.9/cp-1/run-addon/dns')).toBeLessThan(at('v1.34.9/w-1/drain-node'));
    expect(at('after/cp-1/run-addon/csi')).toBeGreaterThan(at('v1.34.9/w-1/uncordon-node'));
    expect(at('after/cp-1/run-addon/csi')).toBeLessThan(at('after/verify-cluster'));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('carry what will be run, word for word', () => {
    expect(stepsOf(plan).find(({ key }) => key.endsWith('/cni'))?.input).toMatchObject({
      node: 'cp-2',
      action: { kind: 'command', command: ['upgrade-cni', 'v1.34.9', '1.34'] },
      verify: ['check-cni', 'v1.34.9'],
    });
    expect(stepsOf(plan).find(({ key }) => key.endsWith('/csi'))?.input).toMatchObject({
      action: { kind: 'manifest', path: manifest, sha256: 'a'.repeat(64) },
    });
  });

  test('another content of a manifest is another plan, and drift of the one that was approved', () => {
    const changed = { [manifest]: { bytes: 10, sha256: 'b'.repeat(64) } };
    const other = planned({ addons }, { overrides: { manifests: changed } });
    expect(other.digest).not.toBe(plan.digest);
    expect(other.basis).not.toBe(plan.basis);
    expect(basisOf(snapshotOf({}))).toBe(basisOf(snapshotOf({ overrides: { manifests: {} } })));
  });
});

test('an external etcd is saved first where a command is configured, and only there', () => {
  const external = { external: ['https://10.0.9.1:2379'] };
  const backupCommand = ['save-etcd', '{target}'];
  const saved = stepsOf(planned({ etcd: { backupCommand } }, external))[1];
  expect(saved).toEqual({
    kind: 'back-up-external-etcd',
    key: 'before/back-up-external-etcd',
    input: { node: 'cp-1', command: backupCommand },
  });
  const kinds = (plan: Plan) => stepsOf(plan).map(({ kind }) => kind);
  expect(kinds(planned({}, external))).not.toContain('back-up-external-etcd');
  expect(kinds(planned({ etcd: { backupCommand } }))).not.toContain('back-up-external-etcd');
});
