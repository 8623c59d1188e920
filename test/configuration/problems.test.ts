import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblems, readConfig } from '../../src/read-config.ts';
import { directory, env, good, lineOf, problemsOf, read } from './support.ts';

const withAddon = (text: string, rest: string) =>
  text.replace(
    '    channels',
    `    policy:\n      addons:\n        - { name: cni, when: before-hop, ${rest} }\n    channels`,
  );

describe('a problem is told with its path and its place', () => {
  test.each<[string, (text: string) => string, string, string, RegExp]>([
    [
      'text where a number goes',
      (t) => `${t}http: { port: eighty }\n`,
      'http.port',
      'eighty }',
      /must be a number/,
    ],
    [
      'a number beyond its bounds',
      (t) => `${t}http: { port: 70000 }\n`,
      'http.port',
      '70000 }',
      /at most 65535/,
    ],
    [
      'an option that does not exist',
      (t) => `${t}log: { level: loud }\n`,
      'log.level',
      'loud }',
      /one of trace, debug, info/,
    ],
    [
      'a missing section',
      (t) => t.replace(/^store.*$/m, ''),
      'store',
      'slack:',
      /is missing; it must be a mapping/,
    ],
    [
      'a missing key',
      (t) => t.replace('    channels: [C0123ABCD]\n', ''),
      'clusters.prod-eu.channels',
      'prod-eu:',
      /is missing; it must be a list/,
    ],
    [
      'an empty value',
      (t) => t.replace('teamId: T0123ABCD', 'teamId:'),
      'slack.teamId',
      'teamId:',
      /is missing; it must be text/,
    ],
    [
      'an empty list',
      (t) => t.replace('[C0123ABCD]', '[]'),
      'clusters.prod-eu.channels',
      '[]',
      /must not be empty/,
    ],
    [
      'an entry of a list',
      (t) => t.replace('[C0123ABCD]', '[C0123ABCD, general]'),
      'clusters.prod-eu.channels[1]',
      'general]',
      /a channel id such as C0123ABCD/,
    ],
    [
      'a misspelled key',
      (t) => t.replace('knownHosts', 'knownHost'),
      'clusters.prod-eu.ssh.knownHost',
      'knownHost: known_hosts',
      /not known here; did you mean knownHosts\?/,
    ],
    [
      'a misspelled key deep in a default',
      (t) => t.replace('    channels', '    policy: { drain: { timeout: 3 } }\n    channels'),
      'clusters.prod-eu.policy.drain.timeout',
      'timeout: 3 } }',
      /there is timeoutSeconds, patienceSeconds/,
    ],
    [
      'a bad name of a cluster',
      (t) => t.replace('prod-eu:', 'Prod EU:'),
      'clusters["Prod EU"]',
      'Prod EU:',
      /no name here: lower-case letters/,
    ],
    [
      'no cluster at all',
      (t) => `${t.slice(0, t.indexOf('clusters:'))}clusters: {}\n`,
      'clusters',
      '{}',
      /at least one cluster/,
    ],
    [
      'approvers that are nobody',
      (t) => t.replace('{ users: [U0123ABCD] }', '{}'),
      'clusters.prod-eu.approvers',
      '{}',
      /nobody could ever approve/,
    ],
    [
      'a placeholder inside a word',
      (t) => withAddon(t, 'command: [helm, upgrade, "--version={version}"], verify: ["true"]'),
      'clusters.prod-eu.policy.addons[0].command[2]',
      '"--version={version}"], verify: ["true"] }',
      /a word of its own/,
    ],
    [
      'an add-on with a command and a manifest',
      (t) => withAddon(t, 'command: [helm], manifest: kubeconfig, verify: ["true"]'),
      'clusters.prod-eu.policy.addons[0]',
      '{ name: cni, when: before-hop, command: [helm], manifest: kubeconfig, verify: ["true"] }',
      /either command or manifest/,
    ],
    [
      'an add-on that nothing verifies',
      (t) => withAddon(t, 'command: [helm]'),
      'clusters.prod-eu.policy.addons[0].verify',
      '{ name: cni, when: before-hop, command: [helm] }',
      /is missing/,
    ],
    [
      'a manifest that is not there',
      (t) => withAddon(t, 'manifest: nowhere.yaml, verify: ["true"]'),
      'clusters.prod-eu.policy.addons[0].manifest',
      'nowhere.yaml, verify: ["true"] }',
      /cannot be read \(ENOENT\)/,
    ],
    [
      'a backup of etcd without a place for it',
      (t) =>
        t.replace('    channels', '    policy: { etcd: { backupCommand: [etcdctl, save] } }\n    channels'),
      'clusters.prod-eu.policy.etcd.backupCommand',
      '[etcdctl, save] } }',
      /\{target\}/,
    ],
    [
      'a share of more than all',
      (t) => t.replace('    channels', '    policy: { workers: { batch: 200% } }\n    channels'),
      'clusters.prod-eu.policy.workers.batch',
      '200% } }',
      /a share such as 10%/,
    ],
    [
      'a plain http endpoint',
      (t) =>
        t.replace(
          'kubeconfig: kubeconfig',
          'kubeconfig: kubeconfig\n      endpoints: ["http://10.0.0.1:6443"]',
        ),
      'clusters.prod-eu.kubernetes.endpoints[0]',
      '"http://10.0.0.1:6443"]',
      /must be an https URL/,
    ],
    [
      'neither key nor agent',
      (t) => t.replace('      privateKey: { file: id }\n', ''),
      'clusters.prod-eu.ssh',
      'user: bot',
      /give privateKey or agent/,
    ],
    [
      'a reference of both kinds',
      (t) => t.replace('{ file: id }', '{ file: id, env: ID }'),
      'clusters.prod-eu.ssh.privateKey',
      '{ file: id, env: ID }',
      /name where the secret is/,
    ],
    [
      'a variable that is not set',
      (t) => t.replace('SLACK_BOT_TOKEN', 'NO_TOKEN'),
      'slack.botToken',
      '{ env: NO_TOKEN }',
      /NO_TOKEN, which is not set/,
    ],
    [
      'a secret file that is missing',
      (t) => t.replace('{ file: id }', '{ file: nothing }'),
      'clusters.prod-eu.ssh.privateKey',
      '{ file: nothing }',
      /ENOENT.*nothing/,
    ],
    [
      'tokens in each other’s place',
      (t) => t.replace('SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'),
      'slack.botToken',
      '{ env: SLACK_APP_TOKEN }',
      /does not begin with xoxb-/,
    ],
    [
      'a kubeconfig that is missing',
      (t) => t.replace('kubeconfig: kubeconfig', 'kubeconfig: ~/kube'),
      'clusters.prod-eu.kubernetes.kubeconfig',
      '~/kube',
      /ENOENT.*~ is not expanded/,
    ],
    ['a duplicate key', (t) => `${t}store: { path: other.db }\n`, '', 'store: { path: other.db }', /unique/],
    ['a syntax error', (t) => t.replace('[C0123ABCD]', '[C0123ABCD'), '', '', /./],
    ['a tab', (t) => t.replace('  teamId', '\tteamId'), '', '', /./],
    [
      'a merge key',
      (t) => t.replace('store: { path: bot.db }', 'store: { <<: { path: x }, path: bot.db }'),
      'store["<<"]',
      '<<: { path: x }, path: bot.db }',
      /not known here/,
    ],
  ])('%s', async (_title, change, path, place, says) => {
    const text = change(good);
    expect(text).not.toBe(good);
    const problems = await problemsOf(text);
    const found = problems.find(
      (problem) => says.test(problem.message) && (path === '' || problem.path === path),
    );
    expect(found, JSON.stringify(problems)).toBeDefined();
    if (found !== undefined && place !== '') expect(lineOf(text, found)?.trim()).toBe(place);
  });

  test('tokens of a workspace that is not Slack’s own may look as they like', async () => {
    const own = good.replace('teamId: T0123ABCD', 'teamId: T0123ABCD\n  apiUrl: http://127.0.0.1:9/api/');
    expect(await problemsOf(own, { ...env, SLACK_BOT_TOKEN: 'local', SLACK_APP_TOKEN: 'local' })).toEqual([]);
    expect(
      await problemsOf(good, { ...env, SLACK_BOT_TOKEN: 'local', SLACK_APP_TOKEN: 'local' }),
    ).toHaveLength(2);
  });

  test('all at once, in the order of the file, as lines for a terminal', async () => {
    const text = good
      .replace('T0123ABCD', 'x')
      .replace('SLACK_APP_TOKEN', 'NO_TOKEN')
      .replace('user: bot', 'usr: bot')
      .replace('U0123ABCD', 'dana');
    const outcome = await read(text);
    if (outcome.status === 'ok') throw new Error('read');
    expect(formatProblems('config.yaml', outcome.problems).split('\n')).toEqual([
      'config.yaml:3:13 slack.appToken: names the environment variable NO_TOKEN, which is not set',
      'config.yaml:4:11 slack.teamId: must be: a workspace id such as T0123ABCD',
      expect.stringMatching(/^config.yaml:11:5 clusters.prod-eu.ssh.user: is missing/),
      'config.yaml:12:7 clusters.prod-eu.ssh.usr: is not known here; did you mean user?',
      'config.yaml:16:26 clusters.prod-eu.approvers.users[0]: must be: a user id such as U0123ABCD',
    ]);
  });

  test('of the file as a whole', async () => {
    expect(await readConfig(join(directory, 'absent.yaml'), env)).toMatchObject({
      problems: [{ message: expect.stringMatching(/^cannot be read \(ENOENT\): name the configuration/) }],
    });
    expect(await readConfig(directory, env)).toMatchObject({
      problems: [{ message: 'cannot be read (EISDIR)' }],
    });
    expect(await problemsOf('')).toMatchObject([
      { message: expect.stringContaining('is empty: docs/config.example.yaml'), line: 1, column: 1 },
    ]);
    expect(await problemsOf(new Uint8Array([0x61, 0x3a, 0x20, 0xff]))).toMatchObject([
      { message: 'is not UTF-8 text' },
    ]);
    expect(await problemsOf('- a\n- b\n')).toMatchObject([
      { path: '', line: 1, message: 'must be a mapping' },
    ]);
    expect(await problemsOf(`a: ${'x'.repeat(1_100_000)}`)).toMatchObject(
      [{ message: /1048576/ }].map(() => ({ message: expect.stringContaining('at most 1048576') })),
    );
  });

  test('an alias bomb is refused quickly', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghij'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefghij'[at]},`.repeat(9)}]`),
    ].join('\n');
    expect((await problemsOf(bomb)).length).toBeGreaterThan(0);
  });
});

test('a cluster whose name is wrong has its other problems told at once, too', async () => {
  const wrong = good.replace('prod-eu:', 'Prod_EU:').replace('channels: [C0123ABCD]', 'channels: ["#ops"]');
  const paths = (await problemsOf(wrong)).map(({ path }) => path);
  expect(paths).toContain('clusters.Prod_EU');
  expect(paths.some((path) => path.startsWith('clusters.Prod_EU.channels'))).toBe(true);
});

test('any mutilation of the file gives problems with places or a configuration, never an exception', async () => {
  const characters = fc.constantFrom(...'{}[]:-#&*!|>\'"%@`,? \n\t0aZ\u0000\u{1f525}'.split(''));
  const mutation = fc.record({
    at: fc.nat(good.length),
    remove: fc.nat(30),
    insert: fc.string({ unit: characters, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(mutation, async ({ at, remove, insert }) => {
      const outcome = await read(good.slice(0, at) + insert + good.slice(at + remove));
      if (outcome.status === 'ok') return;
      expect(outcome.problems.length).toBeGreaterThan(0);
      for (const { line, column, message } of outcome.problems) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(message).not.toBe('');
      }
    }),
    { seed: 20_261_123, numRuns: 400 },
  );
});
