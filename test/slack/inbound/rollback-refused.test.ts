import { expect, test } from 'vitest';
import { NodeName } from '../../../src/domain/names.ts';
import { stepsOf } from '../../../src/domain/plan.ts';
import type { RollbackScope } from '../../../src/domain/rollback.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { rollbackAnswer } from '../../../src/slack/inbound/rollback-answer.ts';
import { worldOf } from '../../support/rollback-world/world.ts';
import { planBack, stoppedAt, upgradeId } from '../../support/rollbacks.ts';
import { dana } from '../../support/sample-plan.ts';
import { policyOf, snapshotOf } from '../../support/snapshots.ts';

const before = snapshotOf();
const upgrade = planUpgrade({ cluster: before.cluster, target: version('1.34.9') }, before, policyOf());
if (upgrade.kind === 'refusal') throw new Error('refused');
const stopped = stoppedAt(worldOf(before), upgrade, upgradeId, stepsOf(upgrade).length);
const planned = (scope: RollbackScope) => planBack(stopped, { scope });

test('whoever asks for a part that cannot go back alone is offered everything, not another way for etcd', () => {
  const refusal = planned({ kind: 'nodes', nodes: [NodeName.parse('cp-2')] });
  const all = planned({ kind: 'all' });
  if (refusal.kind !== 'refusal' || all.kind !== 'plan' || all.purpose.kind !== 'rollback') throw new Error();
  const keep = { etcd: 'keep' as const, verdict: all.purpose.verdict };
  const ways = { preferred: keep, ways: [keep] };
  const card = rollbackAnswer({ status: 'refused', refusal, of: stopped.run, ways }, undefined, dana);
  const shown = JSON.stringify(card);
  expect(shown).toContain('rollback.kubelets-first');
  expect(shown).toContain('Plan everything');
  expect(shown).not.toContain('Keep etcd instead');
});

test('of one worker alone its verdict says that it goes back', () => {
  const one = planned({ kind: 'nodes', nodes: [NodeName.parse('w-1')] });
  if (one.kind !== 'plan' || one.purpose.kind !== 'rollback') throw new Error();
  expect(one.purpose.verdict.reasons[0]).toBe('Only 1 worker goes back: no data is touched.');
});
