import type { ModalView } from '@slack/types';
import { expect, it } from 'vitest';

import type { Workspace } from '../../../../sandbox/slack/index.ts';
import { boltApp, errorOf, failure, patience, plain, section, webClient, workspace } from '../support.ts';

function modal(fields: Partial<ModalView> = {}): ModalView {
  return { type: 'modal', title: plain('Details'), blocks: [section('one')], ...fields };
}

/** A trigger that a user has just made. */
async function trigger(space: Workspace): Promise<string> {
  let id = '';
  const app = await boltApp(space, (bolt) => {
    bolt.command(/.*/, async ({ ack, command }) => {
      id = command.trigger_id;
      await ack();
    });
  });
  await space.client.as('dana').command('#prod-eu-ops', '/go');
  await app.stop();
  return id;
}

it('takes a trigger once, within three seconds', async () => {
  let now = Date.now();
  const space = await workspace({ clock: { now: () => now } });
  const client = webClient(space);
  const first = await trigger(space);
  expect(await errorOf(client.views.open({ trigger_id: '1.2.forged', view: modal() }))).toBe(
    'invalid_trigger_id',
  );
  expect(await client.views.open({ trigger_id: first, view: modal() })).toMatchObject({ ok: true });
  expect(await errorOf(client.views.open({ trigger_id: first, view: modal() }))).toBe('exchanged_trigger_id');
  const second = await trigger(space);
  now += 3_001;
  expect(await errorOf(client.views.open({ trigger_id: second, view: modal() }))).toBe('expired_trigger_id');
});

it('refuses views that Slack refuses, without using the trigger up', async () => {
  const space = await workspace();
  const client = webClient(space);
  const trigger_id = await trigger(space);
  const open = (fields: Partial<ModalView>) =>
    failure(client.views.open({ trigger_id, view: modal(fields) }));
  const messages = async (fields: Partial<ModalView>) => (await open(fields)).response_metadata;
  const input = { type: 'input' as const, label: plain('a'), element: { type: 'plain_text_input' as const } };
  expect(await messages({ title: plain('x'.repeat(25)) })).toMatchObject({
    messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
  });
  expect(await messages({ private_metadata: 'x'.repeat(3001) })).toMatchObject({
    messages: ['[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]'],
  });
  expect(await messages({ blocks: [input] })).toMatchObject({
    messages: [
      '[ERROR] must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]',
    ],
  });
  expect(await open({ blocks: Array.from({ length: 101 }, () => section('a')) })).toMatchObject({
    error: 'invalid_arguments',
    errors: ['no more than 100 items allowed [json-pointer:/view/blocks]'],
  });
  expect(await client.views.open({ trigger_id, view: modal() })).toMatchObject({ ok: true });
});

it('guards updates by hash, and external ids against each other', async () => {
  const space = await workspace();
  const client = webClient(space);
  const opened = await client.views.open({
    trigger_id: await trigger(space),
    view: modal({ external_id: 'e1' }),
  });
  const { id: view_id = '', hash = '' } = opened.view ?? {};
  await client.views.update({ view_id, hash, view: modal({ external_id: 'e1' }) });
  expect(await errorOf(client.views.update({ view_id, hash, view: modal() }))).toBe('hash_conflict');
  expect(await errorOf(client.views.update({ view_id: 'V1', view: modal() }))).toBe('not_found');
  const home = { type: 'home' as const, external_id: 'e1', blocks: [] };
  expect(await errorOf(client.views.publish({ user_id: 'U00000DANA', view: home }))).toBe(
    'duplicate_external_id',
  );
});

it('pushes at most three modals onto each other', async () => {
  const space = await workspace();
  const errors: string[] = [];
  await boltApp(space, (app) => {
    const more = modal({
      blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'more', text: plain('More') }] }],
    });
    app.command('/go', async ({ ack, client, command }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: more });
    });
    app.action('more', async ({ ack, client, body }) => {
      await ack();
      if (body.type !== 'block_actions') return;
      const pushed = client.views.push({ trigger_id: body.trigger_id, view: more });
      errors.push(await errorOf(pushed).catch(() => 'none'));
    });
  });
  const dana = space.client.as('dana');
  await dana.command('#prod-eu-ops', '/go');
  for (const depth of [1, 2, 3]) {
    await expect.poll(async () => (await dana.views()).modals.length, patience).toBe(depth);
    await dana.clickInModal('more');
  }
  await expect.poll(() => errors, patience).toEqual(['none', 'none', 'push_limit_reached']);
  await dana.close();
  expect((await dana.views()).modals).toHaveLength(2);
});
