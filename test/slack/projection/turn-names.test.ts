import { expect, test } from 'vitest';
import { stepsOf } from '../../../src/domain/plan.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { survey, turnName } from '../../../src/slack/projection/survey.ts';
import { worldOf } from '../../support/rollback-world/world.ts';
import { planBack, stoppedAt, upgradeId } from '../../support/rollbacks.ts';
import { policyOf, snapshotOf } from '../../support/snapshots.ts';
import { Story } from '../../support/story.ts';

const before = snapshotOf();
const upgrade = planUpgrade({ cluster: before.cluster, target: version('1.34.9') }, before, policyOf());
if (upgrade.kind === 'refusal') throw new Error('refused');
const back = planBack(stoppedAt(worldOf(before), upgrade, upgradeId, stepsOf(upgrade).length));
if (back.kind === 'refusal') throw new Error('refused');

test.each([
  ['an upgrade', upgrade, ['cp-2', 'cp-3', 'cp-1', 'cp-2 kubelet', 'cp-3 kubelet', 'cp-1 kubelet']],
  ['a rollback', back, ['cp-2 kubelet', 'cp-3 kubelet', 'cp-1 kubelet', 'cp-2', 'cp-3', 'cp-1']],
])('only the kubelet’s turn of a control plane is called so in %s', (_, plan, names) => {
  const turns = survey(new Story(plan).run).filter(({ phase }) => phase === 'control-plane');
  expect(turns.map(turnName).toSorted()).toEqual(names.toSorted());
  const kubelets = turns.map((turn) => turnName(turn).endsWith('kubelet'));
  expect(kubelets).toEqual(names.map((name) => name.endsWith('kubelet')));
});
