import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { FindingRule, safetyCritical } from '../../src/domain/finding-policy.ts';
import { instant } from '../../src/domain/names.ts';
import { applyFindingPolicy } from '../../src/plan/checks/finding-policy.ts';
import { policyOf, snapshotOf } from '../support/snapshots.ts';

const snapshot = { ...snapshotOf(), takenAt: instant(Date.parse('2026-11-23T10:00:00Z')) };

const finding = (code: string, severity: Finding['severity'], name = 'db'): Finding => ({
  code,
  severity,
  objects: [{ kind: 'PodDisruptionBudget', namespace: 'shop', name }],
  summary: `Something is up with ${name}.`,
  facts: {},
  remedy: 'Put it right.',
});

const apply = (found: Finding[], ...findings: object[]) =>
  applyFindingPolicy(found, policyOf({ findings: findings as never }), snapshot);

const lower = {
  code: 'pdb.never-allows',
  severity: 'info',
  reason: 'scaled up by hand on the day',
  until: '2026-12-01',
};
const blocking = finding('pdb.never-allows', 'blocker');

describe('a finding', () => {
  test('is lowered until a day, and says so with the reason', () => {
    expect(apply([blocking], lower)).toEqual([
      {
        ...blocking,
        severity: 'info',
        summary:
          'Something is up with db. (Lowered from blocker until 2026-12-01: scaled up by hand on the day)',
        adjusted: { from: 'blocker', reason: lower.reason, until: '2026-12-01' },
      },
    ]);
  });

  test('is raised without an end', () => {
    const raised = apply([finding('pdb.blocks-now', 'warning')], {
      code: 'pdb.blocks-now',
      severity: 'blocker',
      reason: 'payments may not wait',
    });
    expect(raised).toMatchObject([{ severity: 'blocker', adjusted: { from: 'warning' } }]);
  });

  test('of another code or object stays as it is', () => {
    const others = [finding('pdb.blocks-now', 'warning'), finding('pdb.never-allows', 'blocker', 'web')];
    expect(apply(others, { ...lower, object: 'shop/db' })).toEqual(others);
    expect(apply([blocking], { ...lower, object: 'shop/db' })).toMatchObject([{ severity: 'info' }]);
    expect(apply([blocking], { ...lower, object: 'db' })).toMatchObject([{ severity: 'info' }]);
  });

  test('is not changed by a rule that says what it is already', () => {
    const found = [finding('pdb.never-allows', 'info')];
    expect(apply(found, lower)).toEqual(found);
  });
});

describe('a lowering', () => {
  test('holds to the end of its day', () => {
    expect(apply([blocking], { ...lower, until: '2026-11-23' })).toMatchObject([{ severity: 'info' }]);
  });

  test('that is over is a finding of its own, whether or not there is something to lower', () => {
    const over = { ...lower, until: '2026-11-22' };
    const told = {
      code: 'policy.finding-not-lowered',
      severity: 'warning',
      summary: 'policy.findings does not make pdb.never-allows info: it ended on 2026-11-22.',
    };
    expect(apply([blocking], over)).toMatchObject([blocking, told]);
    expect(apply([], over)).toMatchObject([told]);
  });

  test('without an end only raises', () => {
    const rule = { code: 'pdb.never-allows', severity: 'warning', reason: 'we know' };
    expect(apply([blocking], rule)).toMatchObject([
      { severity: 'blocker' },
      { code: 'policy.finding-not-lowered', summary: expect.stringContaining('no day on which it ends') },
    ]);
    expect(apply([finding('pdb.never-allows', 'info')], rule)).toMatchObject([{ severity: 'warning' }]);
  });

  test('of what is safety-critical is refused by the configuration, and again here', () => {
    for (const code of Object.keys(safetyCritical)) {
      const parsed = FindingRule.safeParse({ ...lower, code });
      expect(parsed.error?.issues[0]?.message, code).toContain('is never lowered');
    }
    const past = { ...lower, code: 'etcd.unhealthy' } as FindingRule;
    const found = [finding('etcd.unhealthy', 'blocker')];
    expect(applyFindingPolicy(found, { findings: [past] }, snapshot)).toMatchObject([
      { severity: 'blocker' },
      { summary: expect.stringContaining('quorum') },
    ]);
  });

  test('to info needs a day in the configuration', () => {
    const { until: _, ...endless } = lower;
    expect(FindingRule.safeParse(endless).error?.issues[0]?.message).toContain('the day on which it ends');
  });
});
