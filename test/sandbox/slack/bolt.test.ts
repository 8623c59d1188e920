import { expect, it } from 'vitest';

import { boltApp, plain, section, workspace } from './support.ts';

it('carries a command, its answer, an edit, a modal and its submission through the real Bolt app', async () => {
  const space = await workspace();
  const seen: Record<string, unknown>[] = [];
  await boltApp(space, (app) => {
    app.command('/k8s-upgrade', async ({ command, ack, client }) => {
      seen.push({ text: command.text, user: command.user_name });
      await ack();
      const posted = await client.chat.postMessage({
        channel: command.channel_id,
        text: 'planning',
        blocks: [
          section('*planning*'),
          {
            type: 'actions',
            elements: [{ type: 'button', action_id: 'details', text: plain('Details'), value: 'run-1' }],
          },
        ],
      });
      await client.chat.update({
        channel: command.channel_id,
        ts: posted.ts ?? '',
        text: 'planned',
        blocks: [
          section('*planned* for <@U00000DANA>'),
          {
            type: 'actions',
            elements: [{ type: 'button', action_id: 'details', text: plain('Details'), value: 'run-1' }],
          },
        ],
      });
    });
    app.action('details', async ({ ack, client, body, action }) => {
      await ack();
      if (body.type !== 'block_actions') return;
      seen.push({ value: action.type === 'button' ? action.value : '', message: body.message?.text });
      await client.views.open({
        trigger_id: body.trigger_id,
        view: {
          type: 'modal',
          callback_id: 'confirm',
          private_metadata: 'run-1',
          title: plain('Type the name'),
          submit: plain('Upgrade'),
          blocks: [
            {
              type: 'input',
              block_id: 'name',
              label: plain('Cluster'),
              element: { type: 'plain_text_input', action_id: 'typed' },
            },
          ],
        },
      });
    });
    app.view('confirm', async ({ ack, view, client, body }) => {
      const typed = view.state.values.name?.typed?.value;
      if (typed !== 'prod-eu')
        return ack({ response_action: 'errors', errors: { name: 'That is another cluster' } });
      await ack();
      await client.chat.postMessage({ channel: '#prod-eu-ops', text: `confirmed by <@${body.user.id}>` });
    });
  });
  const dana = space.client.as('dana');

  expect(await dana.command('#prod-eu-ops', '/k8s-upgrade plan prod-eu 1.34.9')).toMatchObject({
    status: 'acked',
  });
  const message = await dana.waitForMessage('#prod-eu-ops', 'planned for @dana');
  expect(message.edited).toBe(true);

  await dana.click(message, 'details');
  const modal = await dana.waitForModal({ callbackId: 'confirm' });
  expect(modal.title).toBe('Type the name');
  expect(await dana.submit()).toMatchObject({
    status: 'incomplete',
    errors: { name: 'Please complete this required field.' },
  });
  expect(await dana.submit({ typed: 'prod-us' })).toMatchObject({
    status: 'refused',
    errors: { name: 'That is another cluster' },
  });
  expect(await dana.submit({ name: 'prod-eu' })).toMatchObject({ status: 'acked' });
  await dana.waitForNoModal();
  await dana.waitForMessage('#prod-eu-ops', 'confirmed by @dana');

  expect(seen).toEqual([
    { text: 'plan prod-eu 1.34.9', user: 'dana' },
    { value: 'run-1', message: 'planned' },
  ]);
  const { acks } = await space.client.statistics();
  expect(acks.slash_commands.count).toBe(1);
  expect(acks.all.p99Ms).toBeLessThan(3000);
});
