import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askForPlan,
  deeds,
  restartedWith,
  type Stage,
  startStage,
  toldTo,
  untilItSays,
  untilThreadSays,
} from './support/stage.ts';

const incident = 'inc-2231';
const elsewhere = 'staging-ops';

/** The people on call make a channel for an incident and are in it: by that the bot knows it, whatever its name. */
describe('a channel of the people on call', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage({ nodes: { controlPlanes: 1, workers: 1 } });
    const { groups } = await stage.dana.workspace();
    const group = groups.find(({ handle }) => handle === 'pay-oncall');
    await stage.demo.workspace.client.setMember(elsewhere, 'sam', false);
    await restartedWith(stage, ({ clusters }) => {
      if (clusters?.['prod-eu']) clusters['prod-eu']['incidents'] = { group: group?.id };
    });
  });
  afterAll(() => stage?.stop());

  it('one that they are not in is nobody’s incident', async () => {
    await toldTo(
      stage.dana,
      () => stage.dana.command(elsewhere, '/k8s-upgrade incident start'),
      'No cluster is tied to this channel, and none has its incidents here.',
      elsewhere,
    );
  });

  it('theirs holds the cluster’s runs until the incident is over, and rollbacks are asked for there', async () => {
    await toldTo(
      stage.sam,
      () => stage.sam.command(incident, '/k8s-upgrade incident start'),
      'prod-eu has no run under way',
      incident,
    );
    const plan = await askForPlan(stage);
    await stage.amir.click(plan, 'run.approve', { confirm: true });
    await untilItSays(stage, plan, incident);
    expect(deeds(stage)).toEqual([]);
    await toldTo(
      stage.sam,
      () => stage.sam.command(incident, '/k8s-upgrade incident end'),
      'These go on by themselves: prod-eu',
      incident,
    );
    await untilThreadSays(stage, plan, 'etcd snapshot saved');
    await toldTo(stage.sam, () => stage.sam.command(incident, '/k8s-rollback'), 'prod-eu', incident);
  });
});
