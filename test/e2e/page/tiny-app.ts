import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';

import type { Workspace } from '../../../sandbox/slack/index.ts';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });

/** A small Bolt app, so that the page is tried with a real client on the other side. */
export async function startTinyApp(space: Workspace): Promise<App> {
  const clientOptions = { slackApiUrl: space.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: space.appToken,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions },
  });
  const app = new App({
    token: space.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    deferInitialization: true,
    convoStore: false,
    clientOptions,
  });
  planModal(app);
  approval(app);
  home(app);
  app.action(/.*/, ({ ack }) => ack());
  await app.init();
  await app.start();
  await space.client.waitForSockets(1);
  return app;
}

function planModal(app: App): void {
  app.command('/k8s-upgrade', async ({ ack, client, command }) => {
    await ack();
    await client.views.open({
      trigger_id: command.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'plan',
        private_metadata: command.channel_id,
        notify_on_close: true,
        title: plain('Plan an upgrade'),
        submit: plain('Plan'),
        blocks: [
          {
            type: 'input',
            block_id: 'cluster',
            label: plain('Cluster'),
            hint: plain('As it is called in the configuration'),
            element: { type: 'plain_text_input', action_id: 'name', focus_on_load: true },
          },
          {
            type: 'input',
            block_id: 'version',
            optional: true,
            label: plain('Version'),
            element: {
              type: 'static_select',
              action_id: 'chosen',
              options: ['1.34.9', '1.34.8', '1.33.13'].map((version) => ({
                text: plain(version),
                value: version,
              })),
            },
          },
        ],
      },
    });
  });
  app.view('plan', async ({ ack, client, view }) => {
    const name = view.state.values.cluster?.name?.value ?? '';
    if (name !== 'prod-eu')
      return ack({ response_action: 'errors', errors: { cluster: 'No cluster has this name' } });
    await ack();
    return client.chat
      .postMessage({ channel: view.private_metadata, text: `plan for ${name}` })
      .then(() => undefined);
  });
  app.view({ callback_id: 'plan', type: 'view_closed' }, async ({ ack, client, view }) => {
    await ack();
    await client.chat.postMessage({ channel: view.private_metadata, text: 'closed without a plan' });
  });
}

function approval(app: App): void {
  app.action('approve', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || body.message === undefined) return;
    await client.chat.update({
      channel: body.channel?.id ?? '',
      ts: body.message.ts,
      text: 'approved',
      blocks: [section(`approved by <@${body.user.id}>`)],
    });
  });
}

function home(app: App): void {
  let reads = 0;
  const view = () => {
    reads += 1;
    return {
      type: 'home' as const,
      blocks: [
        { type: 'header' as const, text: plain('Clusters') },
        section('*prod-eu*  v1.33.13  ·  15 nodes\n*staging-eu*  v1.34.9  ·  6 nodes'),
        { type: 'context' as const, elements: [{ type: 'mrkdwn' as const, text: `read ${reads} times` }] },
        {
          type: 'actions' as const,
          elements: [{ type: 'button' as const, action_id: 'refresh', text: plain('Refresh') }],
        },
      ],
    };
  };
  app.event('app_home_opened', async ({ client, event }) => {
    await client.views.publish({ user_id: event.user, view: view() });
  });
  app.action('refresh', async ({ ack, body, client }) => {
    await ack();
    await client.views.publish({ user_id: body.user.id, view: view() });
  });
}
