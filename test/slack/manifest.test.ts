import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { directoryMethods } from '../../src/adapters/slack/directory.ts';
import { httpMethods } from '../../src/adapters/slack/http-app.ts';
import { messengerMethods, optionalMethods } from '../../src/adapters/slack/messenger.ts';
import { socketMethods } from '../../src/adapters/slack/socket-app.ts';
import { botEvents, slashCommands } from '../../src/slack/inbound/register.ts';

const Manifest = z.object({
  features: z.object({
    app_home: z.object({ home_tab_enabled: z.boolean() }),
    slash_commands: z.array(z.object({ command: z.string(), should_escape: z.boolean() })),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({
    event_subscriptions: z.object({ bot_events: z.array(z.string()) }),
    interactivity: z.object({ is_enabled: z.boolean() }),
    socket_mode_enabled: z.boolean(),
  }),
});

const manifest = Manifest.parse(parse(readFileSync('manifest.yml', 'utf8')));

/** The scopes that each method needs (docs.slack.dev/reference/methods); none for the ones with a token of their own. */
const scopesOf: Record<string, readonly string[]> = {
  'auth.test': [],
  'apps.connections.open': [],
  'bots.info': ['users:read'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.getPermalink': [],
  'views.open': [],
  'views.update': [],
  'views.publish': [],
  'files.getUploadURLExternal': ['files:write'],
  'files.completeUploadExternal': ['files:write'],
  'users.info': ['users:read'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.members': ['channels:read', 'groups:read'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'usergroups.users.list': ['usergroups:read'],
};

/** Uploads are offered by the port and asked for by nobody yet: no scope before there is a use. */
const usesUploads = globSync('src/{slack,usecases}/**/*.ts').some((file) =>
  readFileSync(file, 'utf8').includes('uploadFile'),
);

test('the manifest declares the commands and events that are listened to, and no others', () => {
  const { slash_commands: commands } = manifest.features;
  expect(commands.map(({ command }) => command)).toEqual([...slashCommands]);
  expect(commands.every(({ should_escape: escapes }) => escapes)).toBe(true);
  expect(manifest.settings.event_subscriptions.bot_events).toEqual([...botEvents]);
  expect(manifest.settings.interactivity.is_enabled).toBe(true);
  expect(manifest.settings.socket_mode_enabled).toBe(true);
  expect(manifest.features.app_home.home_tab_enabled).toBe(true);
});

test('the manifest asks for the scopes of the methods that are called, and for no others', () => {
  const methods = [...messengerMethods, ...directoryMethods, ...socketMethods, ...httpMethods].filter(
    (method) => usesUploads || !method.startsWith('files.'),
  );
  const needed = new Set(['commands', ...methods.flatMap((method) => scopesOf[method] ?? ['unknown'])]);
  expect(manifest.oauth_config.scopes.bot.toSorted()).toEqual([...needed].toSorted());
});

test('scopes that the app can do without are offered in a comment, and no others', () => {
  const needed = new Set(optionalMethods.flatMap((method) => scopesOf[method] ?? ['unknown']));
  const offered = [...readFileSync('manifest.yml', 'utf8').matchAll(/^ +# - (\S+)$/gmu)].flatMap(
    ([, scope]) => scope ?? [],
  );
  expect(offered.toSorted()).toEqual([...needed].toSorted());
});

test('no method is called that these lists do not name', () => {
  const listed = new Set<string>([
    ...messengerMethods,
    ...optionalMethods,
    ...directoryMethods,
    ...socketMethods,
  ]);
  const called = globSync('src/{slack,adapters/slack}/**/*.ts').flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/\b(?:progress|interactive|lookup)\.([a-z]+(?:\.[a-zA-Z]+)+)\(/g),
  ]);
  expect(called.length).toBeGreaterThan(5);
  for (const [, method] of called) expect(listed).toContain(method);
});
