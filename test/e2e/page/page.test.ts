import type { App } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Panel, Workspace } from '../../../sandbox/slack/index.ts';
import { startWorkspace } from '../../../sandbox/slack/index.ts';
import { launchBrowser, openPage, picture } from './browser.ts';
import { tellStory } from './story.ts';
import { startTinyApp } from './tiny-app.ts';

const manifest = {
  display_information: { name: 'Kubernetes upgrades' },
  features: {
    bot_user: { display_name: 'k8s-upgrade' },
    app_home: { home_tab_enabled: true },
    slash_commands: [
      {
        command: '/k8s-upgrade',
        description: 'Plan an upgrade and follow it',
        usage_hint: 'plan [cluster] [version] | status | runs | help',
        should_escape: true,
      },
    ],
  },
  oauth_config: { scopes: { bot: ['commands', 'chat:write'] } },
  settings: {
    event_subscriptions: { bot_events: ['app_home_opened'] },
    interactivity: { is_enabled: true },
    socket_mode_enabled: true,
  },
};

const cluster: Panel = {
  title: 'Cluster',
  read: () =>
    Promise.resolve({
      sections: [
        { kind: 'facts', items: [{ label: 'etcd', value: '3 of 3 healthy', tone: 'good' }] },
        {
          kind: 'table',
          title: 'Nodes',
          columns: ['Node', 'Version', 'State'],
          rows: [['cp-2', 'v1.34.9', { text: 'Ready', tone: 'good' }]],
        },
      ],
    }),
  act: () => Promise.resolve(undefined),
};

let browser: Browser;
let space: Workspace;
let app: App;
let errors: string[];
let pages: Page[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  errors = [];
  pages = [];
  space = await startWorkspace({ appManifest: manifest, rateLimits: 'off', panels: [cluster] });
  app = await startTinyApp(space);
});
afterEach(async () => {
  for (const page of pages) await page.close();
  await app.stop();
  await space.stop();
  expect(errors).toEqual([]);
});

async function open(query: string, options = {}): Promise<Page> {
  const page = await openPage(browser, `${space.url}/?${query}`, errors, options);
  pages.push(page);
  return page;
}

function api(): WebClient {
  return new WebClient(space.botToken, { slackApiUrl: space.apiUrl });
}

describe('by keyboard alone', () => {
  it('a command is completed, a modal filled, refused, corrected, and its message appears', async () => {
    const page = await open('as=dana&at=prod-eu-ops');
    await page.locator('#composer').focus();
    await page.keyboard.type('/k8');
    await expectVisible(page.getByRole('option', { name: /k8s-upgrade/ }));
    await page.keyboard.press('Tab');
    expect(await page.locator('#composer').inputValue()).toBe('/k8s-upgrade ');
    await page.keyboard.type('plan');
    await page.keyboard.press('Enter');

    const modal = page.getByRole('dialog', { name: 'Plan an upgrade' });
    await expectVisible(modal);
    await page.keyboard.type('prod us');
    await page.keyboard.press('Enter');
    await expectVisible(modal.getByText('No cluster has this name'));
    await picture(page, 'modal-with-error');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('prod-eu');
    await page.keyboard.press('Enter');
    await modal.waitFor({ state: 'detached' });
    await expectVisible(page.getByRole('article').getByText('plan for prod-eu'));
  });

  it('Escape closes a modal, and the app hears of it', async () => {
    const page = await open('as=dana&at=prod-eu-ops');
    await space.client.as('dana').command('#prod-eu-ops', '/k8s-upgrade plan');
    await expectVisible(page.getByRole('dialog'));
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expectVisible(page.getByText('closed without a plan'));
  });

  it('a button with a confirm dialog is pressed, declined and confirmed', async () => {
    const { plan } = await tellStory(api());
    const page = await open('as=li&at=prod-eu-ops');
    const approve = page.locator(`[id="message-${plan}"]`).getByRole('button', { name: 'Approve' });
    await approve.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Upgrade prod-eu?' });
    await expectVisible(dialog);
    expect(await page.locator(':focus').textContent()).toBe('Not yet');
    await picture(page, 'confirm');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.locator(':focus').textContent()).toBe('Approve');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expectVisible(page.locator(`[id="message-${plan}"]`).getByText('approved by @li'));
  });

  it('channels, a thread and its closing are reached', async () => {
    const { run } = await tellStory(api());
    const page = await open('as=dana&at=prod-eu-ops');
    await page.locator(`[id="message-${run}"] .thread-link`).focus();
    await page.keyboard.press('Enter');
    const thread = page.getByRole('complementary', { name: 'Thread' });
    await expectVisible(thread.getByText('cp-2 drained: 14 pods moved in 48 s'));
    await page.keyboard.press('Escape');
    await thread.waitFor({ state: 'detached' });
    await page.keyboard.press('Alt+ArrowDown');
    await expectVisible(page.getByRole('heading', { name: '#staging-ops' }));
  });
});

it('a message is edited in place while the page is open, and its button keeps the focus', async () => {
  const client = api();
  const button = (text: string) => ({
    type: 'actions' as const,
    elements: [{ type: 'button' as const, action_id: 'go', text: { type: 'plain_text' as const, text } }],
  });
  const channel = 'CPRODEUOPS';
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'a', blocks: [button('Pause')] });
  const page = await open('as=dana&at=prod-eu-ops');
  const pause = page.getByRole('button', { name: 'Pause' });
  await pause.focus();
  await client.chat.update({ channel, ts, text: 'b', blocks: [button('Resume')] });
  await expectVisible(page.getByRole('button', { name: 'Resume' }));
  expect(await page.locator(':focus').textContent()).toBe('Resume');
  await expectVisible(page.getByText('edited'));
});

it('acting as another shows what that person sees: own ephemerals, own time, own mentions', async () => {
  const page = await open('as=sam&at=prod-eu-ops');
  await api().chat.postEphemeral({
    channel: 'CPRODEUOPS',
    user: 'U000000SAM',
    text: 'You can’t approve this',
  });
  await expectVisible(page.getByText('Only visible to you'));
  await page.getByRole('radio', { name: 'amir' }).check({ force: true });
  await page.getByText('You can’t approve this').waitFor({ state: 'detached' });
  await page.getByRole('radio', { name: 'sam' }).check({ force: true });
  await expectVisible(page.getByText('You can’t approve this'));
  await page.reload();
  await expectVisible(page.getByRole('heading', { name: '#prod-eu-ops' }));
  await expectVisible(page.getByText('Nothing has been said here yet'));
});

it('says when the app does not answer a button', async () => {
  const page = await open('as=dana&at=prod-eu-ops');
  await tellStory(api());
  await app.stop();
  await space.client.waitForSockets(0);
  await page.getByRole('button', { name: 'Skip w-04' }).first().click();
  await expectVisible(page.getByText('k8s-upgrade is not connected.').first());
});

it('the Home tab is published when it is opened, and its buttons work', async () => {
  const page = await open('as=dana&at=prod-eu-ops');
  await page.getByRole('button', { name: 'k8s-upgrade' }).click();
  await expectVisible(page.getByRole('heading', { name: 'Clusters' }));
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expectVisible(page.getByText('read 2 times'));
  await picture(page, 'home');
});

it('faults are switched on from the Sandbox panel, and other panels are drawn', async () => {
  const page = await open('as=dana&at=prod-eu-ops');
  await page.getByRole('button', { name: 'Sandbox' }).click();
  await expectVisible(page.getByRole('cell', { name: 'cp-2' }));
  await page.getByRole('tab', { name: 'Slack' }).click();
  await page.getByRole('switch', { name: /Slack is down/ }).check({ force: true });
  await expectVisible(page.getByText('app not connected'));
  expect((await space.client.faults()).switches.down).toBe(true);
});

it('a permalink opens the message it points to', async () => {
  const client = api();
  const { run } = await tellStory(client);
  const { permalink = '' } = await client.chat.getPermalink({ channel: 'CPRODEUOPS', message_ts: run });
  await client.chat.postMessage({ channel: '#inc-2231', text: `See <${permalink}|the run>` });
  const page = await open('as=dana&at=inc-2231');
  await page.getByRole('link', { name: 'the run' }).click();
  await expectVisible(page.locator(`[id="message-${run}"].message-pointed`));
  await page.goto(permalink);
  await expectVisible(page.locator(`[id="message-${run}"].message-pointed`));
});

it.each([
  { dark: false, name: 'light' },
  { dark: true, name: 'dark' },
])('draws the conversation in $name colours', async ({ dark, name }) => {
  const { run } = await tellStory(api());
  const page = await open(`as=dana&at=prod-eu-ops&side=${run}`, { dark, height: 1000 });
  await expectVisible(page.getByRole('progressbar', { name: 'Tasks done' }).first());
  await picture(page, `conversation-${name}`);
  expect(await contrast(page)).toBeGreaterThan(4.5);
});

/** The contrast of the quiet text on its ground, by the WCAG's formula. */
async function contrast(page: Page): Promise<number> {
  const [text, ground] = await page.evaluate<string[]>(
    "['--muted', '--surface'].map((name) => getComputedStyle(document.documentElement).getPropertyValue(name))",
  );
  const luminance = (colour = '') => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.trim().slice(at, at + 2), 16) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [luminance(text), luminance(ground)].sort((a, b) => b - a);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

async function expectVisible(locator: {
  waitFor(options: { state: 'visible'; timeout: number }): Promise<void>;
}) {
  await locator.waitFor({ state: 'visible', timeout: 30_000 });
}
