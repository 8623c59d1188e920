import { expect, it } from 'vitest';

import { boltApp, plain, section, workspace } from '../support.ts';

const channel = 'CPRODEUOPS';

it('opens Home, and shows a warning where the app does not answer', async () => {
  const space = await workspace();
  const opened: string[] = [];
  await boltApp(space, (app) => {
    app.event('app_home_opened', async ({ event, client }) => {
      opened.push(`${event.user} ${event.tab}`);
      const accessory = { type: 'button' as const, action_id: 'refresh', text: plain('Refresh') };
      const view = { type: 'home' as const, blocks: [{ ...section('*2* runs'), accessory }] };
      await client.views.publish({ user_id: event.user, view });
    });
  });
  const li = space.client.as('li');
  await li.openHome();
  expect(await li.waitForHome({ text: '2 runs' })).toMatchObject({ type: 'home' });
  expect(opened).toEqual(['U0000000LI home']);
  // Nobody listens to "refresh", so Bolt never acknowledges it.
  expect(await li.clickInHome('refresh')).toMatchObject({ status: 'timed-out' });
  expect(await li.notices()).toMatchObject([{ code: 'operation_timeout', about: { kind: 'home' } }]);
});

it('goes through a modal: push, update, clear, and a close that the app asked to hear of', async () => {
  const space = await workspace();
  const closed: unknown[] = [];
  const modal = (title: string, callback_id: string) => ({
    type: 'modal' as const,
    title: plain(title),
    submit: plain('Next'),
    callback_id,
    notify_on_close: true,
    blocks: [section(title)],
  });
  await boltApp(space, (app) => {
    app.command('/go', async ({ ack, client, command }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: modal('One', 'one') });
    });
    app.view('one', ({ ack }) => ack({ response_action: 'push', view: modal('Two', 'two') }));
    app.view('two', ({ ack }) => ack({ response_action: 'update', view: modal('Three', 'three') }));
    app.view('three', ({ ack }) => ack({ response_action: 'clear' }));
    app.view({ callback_id: 'two', type: 'view_closed' }, async ({ ack, view }) => {
      closed.push(view.title.text);
      await ack();
    });
  });
  const dana = space.client.as('dana');
  await dana.command(channel, '/go');
  await dana.waitForModal({ callbackId: 'one' });
  await dana.submit();
  await dana.waitForModal({ callbackId: 'two' });
  await dana.close();
  expect(closed).toEqual(['Two']);
  await dana.submit();
  await dana.submit();
  await dana.waitForModal({ callbackId: 'three' });
  expect((await dana.views()).modals).toHaveLength(2);
  await dana.submit();
  await dana.waitForNoModal();
});
