import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ShownMessage } from '../../../sandbox/slack/index.ts';
import {
  askForPlan,
  channel,
  deeds,
  present,
  type Stage,
  startStage,
  toldTo,
  untilItSays,
} from './support/stage.ts';

interface Button {
  readonly action_id: string;
  readonly value: string;
}

/** The value that a button of a message really has. */
function valueOf(message: ShownMessage, actionId: string): string {
  const elements = (message.blocks ?? []).flatMap((block) =>
    block.type === 'actions' ? (block as unknown as { elements: readonly Button[] }).elements : [],
  );
  const found = elements.find((element) => element.action_id === actionId);
  if (!found) throw new Error(`The message has no ${actionId}`);
  return found.value;
}

describe('clicks that nobody could have made', () => {
  let stage: Stage;
  let plan: ShownMessage;
  let value: string;
  beforeAll(async () => {
    stage = await startStage({
      nodes: { controlPlanes: 1, workers: 1 },
      policy: { approvals: { needed: 2 } },
    });
    plan = await askForPlan(stage);
    value = valueOf(plan, 'run.approve');
  });
  afterAll(() => stage?.stop());
  afterEach(async () => {
    expect(deeds(stage)).toEqual([]);
    expect((await present(stage, plan)).plain).toMatch(/Approvals [01] of 2/);
  });

  const approve = (forged: string) => ({ action_id: 'run.approve', value: forged });
  const forged: readonly [string, () => Record<string, unknown>, RegExp][] = [
    ['no run id at all', () => approve('$(reboot)'), /do not know this button/],
    ['an unknown run', () => approve(`zzzzzz.${value.split('.')[1]}`), /belongs to a run \(?`zzzzzz/],
    ['another digest', () => approve(`${value.split('.')[0]}.0123456789ab`), /another plan/],
    ['a value of 2,000 characters', () => approve('x'.repeat(2_000)), /do not know this button/],
    ['an action that does not exist', () => ({ action_id: 'run.explode', value }), /do not know this button/],
    ['Retry of a run that has not begun', () => ({ action_id: 'run.retry', value }), /.+/],
    ['Resume of a run that has not begun', () => ({ action_id: 'run.resume', value }), /only a paused one/],
  ];
  it.each(forged)('%s', async (_, action, expected) => {
    await toldTo(stage.amir, () => stage.amir.forge(plan, action()), expected);
  });

  it('a message that is not the run’s own', async () => {
    const { amir } = stage;
    const fields = {
      container: { type: 'message', message_ts: '1700000000.000100', channel_id: plan.channel },
    };
    await toldTo(amir, () => amir.forge(plan, approve(value), fields), /not the present message/);
  });

  it('another channel', async () => {
    const { amir } = stage;
    const { channels } = await amir.workspace();
    const other = channels.find(({ name }) => name === 'staging-ops');
    const fields = { channel: { id: other?.id, name: 'staging-ops' } };
    const expected = /do not know this button|decided on in|no cluster|not the present message/i;
    await toldTo(amir, () => amir.forge(plan, approve(value), fields), expected, 'staging-ops');
  });

  it('another workspace', async () => {
    const { messages: before } = await stage.amir.conversation(channel);
    await stage.amir.forge(plan, approve(value), { team: { id: 'T0STRANGER', domain: 'elsewhere' } });
    await toldTo(stage.amir, () => stage.amir.forge(plan, approve('x')), /do not know this button/);
    const { messages: after } = await stage.amir.conversation(channel);
    expect(after.length).toBeGreaterThan(before.length);
  });

  it.each([
    ['gil', 'guest', /You are a guest here/],
    ['sam', 'somebody who may not approve', /You can’t approve changes of prod-eu/],
    ['dana', 'whoever asked for it', /you asked for it/],
  ])('@%s, %s', async (handle, _, expected) => {
    const person = stage.demo.workspace.client.as(handle);
    await toldTo(person, () => person.click(plan, 'run.approve', { confirm: true }), expected);
  });

  it('a stranger from a shared channel', async () => {
    const noor = stage.demo.workspace.client.as('noor');
    const { channels, people } = await noor.workspace();
    const shared = channels.find(({ name }) => name === 'ext-hosting');
    const noorId = people.find(({ handle }) => handle === 'noor')?.id;
    await toldTo(
      noor,
      () =>
        stage.amir.forge(plan, approve(value), {
          user: { id: noorId, team_id: 'T0STRANGER' },
          channel: { id: shared?.id, name: 'ext-hosting' },
          response_url: undefined,
        }),
      /another workspace/,
      'ext-hosting',
    );
  });

  it('a second press by the same approver counts once', async () => {
    const { amir } = stage;
    await toldTo(amir, () => amir.click(plan, 'run.approve', { confirm: true }), '1 more approval is needed');
    await toldTo(amir, () => amir.click(plan, 'run.approve', { confirm: true }), 'counted already');
    await untilItSays(stage, plan, 'Approvals 1 of 2');
  });

  const submission = (
    { version, cluster = 'prod-eu', where }: { version: string; cluster?: string; where: string },
    id: string,
  ) => ({
    type: 'view_submission',
    actions: null,
    container: null,
    message: null,
    view: {
      id,
      type: 'modal',
      callback_id: 'plan',
      hash: id,
      private_metadata: where,
      state: {
        values: { [`version:${cluster}`]: { 'plan.version': { selected_option: { value: version } } } },
      },
    },
  });

  it('a form in which cluster, version or channel are no such thing is answered with errors', async () => {
    const here = JSON.stringify({ channel: plan.channel });
    for (const [index, wrong] of [
      { version: 'v1.34.9; reboot', where: here },
      { version: 'v1.34.9', cluster: 'prod-eu; reboot', where: here },
      { version: 'v1.34.9', where: '{"channel":"../../etc"}' },
      { version: 'v1.34.9', where: 'no JSON' },
    ].entries()) {
      const delivery = await stage.dana.forge(plan, {}, submission(wrong, `VFORGED${index}`));
      expect(delivery).toMatchObject({ status: 'acked', payload: { response_action: 'errors' } });
    }
  });

  it('a form for a channel that does not look after the cluster plans nothing', async () => {
    const { dana } = stage;
    const { channels } = await dana.workspace();
    const other = channels.find(({ name }) => name === 'staging-ops');
    const where = JSON.stringify({ channel: other?.id });
    const forgery = submission({ version: 'v1.34.9', where }, 'VFORGED9');
    await toldTo(dana, () => dana.forge(plan, {}, forgery), 'There is no cluster', 'staging-ops');
  });
});

describe('clicks that come too late', () => {
  let stage: Stage;
  let forgotten: ShownMessage;
  beforeAll(async () => {
    stage = await startStage({
      nodes: { controlPlanes: 1, workers: 1 },
      policy: { approvals: { needed: 1, expireAfterMinutes: 1 } },
    });
    await stage.amir.command(channel, '/k8s-upgrade plan prod-eu 1.34.9');
    forgotten = await stage.dana.waitForMessage(channel, { actionId: 'run.approve' }, 60_000);
  });
  afterAll(() => stage?.stop());
  afterEach(() => expect(deeds(stage)).toEqual([]));

  it('a plan that a newer one has replaced cannot be approved', async () => {
    const old = await askForPlan(stage);
    const stale = valueOf(old, 'run.approve');
    await askForPlan(stage, '1.34.8');
    const { amir } = stage;
    await toldTo(
      amir,
      () => amir.forge(old, { action_id: 'run.approve', value: stale }),
      /nothing to approve any more/,
    );
    await untilItSays(stage, old, 'newer plan has taken its place');
  });

  it('a rejected plan cannot be approved, and says who rejected it', async () => {
    const plan = await askForPlan(stage, '1.34.7');
    const stale = valueOf(plan, 'run.approve');
    await stage.li.click(plan, 'run.reject');
    await stage.dana.waitForMessage(channel, { ts: plan.ts, matches: 'rejected' });
    const { amir } = stage;
    const told = await toldTo(
      amir,
      () => amir.forge(plan, { action_id: 'run.approve', value: stale }),
      /nothing to approve any more/,
    );
    expect(told.plain).toContain('@li');
  });

  it('Plan again on a closed plan gives a new one', async () => {
    const plan = await askForPlan(stage);
    await stage.li.click(plan, 'run.reject');
    const closed = await stage.dana.waitForMessage(channel, { ts: plan.ts, actionId: 'run.plan-again' });
    await stage.dana.click(closed, 'run.plan-again');
    const next = await stage.dana.waitForMessage(
      channel,
      { actionId: 'run.approve', after: plan.ts },
      60_000,
    );
    expect(next.ts).not.toBe(plan.ts);
  });

  it('a plan that nobody approved in time cannot be approved, and offers a new one', async () => {
    const stale = valueOf(forgotten, 'run.approve');
    const expired = await untilItSays(stage, forgotten, 'expired', 160_000);
    expect(expired.plain).toContain('Nothing was done');
    const { li } = stage;
    await toldTo(
      li,
      () => li.forge(forgotten, { action_id: 'run.approve', value: stale }),
      /nothing to approve any more: it is expired/,
    );
  }, 200_000);
});
