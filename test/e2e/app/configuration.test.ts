import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKey } from '../../../sandbox/cluster/ssh/keys.ts';

const program = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const tokens = {
  SLACK_BOT_TOKEN: 'xoxb-1-1-abcdefghijklmnop',
  SLACK_APP_TOKEN: 'xapp-1-A1-1-abcdefghijklmnop',
};

const kubeconfig = `apiVersion: v1
kind: Config
current-context: prod-eu
clusters: [{ name: prod-eu, cluster: { server: 'https://127.0.0.1:6443' } }]
contexts: [{ name: prod-eu, context: { cluster: prod-eu, user: bot } }]
users: [{ name: bot, user: { token: abc } }]
`;

interface Ended {
  readonly code: number;
  readonly output: string;
}

function start(arguments_: readonly string[], environment: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], ...environment };
    execFile(process.execPath, [program, ...arguments_], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, output: `${stdout}${stderr}` }),
    );
  });
}

describe('the configuration at the door of the program', () => {
  let directory: string;
  let good: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'k8s-upgrade-bot-config-'));
    const files = { kubeconfig, known_hosts: 'x\n', id_ed25519: generateKey('bot').private };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(directory, name), text, { mode: 0o600 });
    }
    good = `slack:
  botToken: { env: SLACK_BOT_TOKEN }
  appToken: { env: SLACK_APP_TOKEN }
  teamId: T0123ABCD
store: { path: ${directory}/bot.sqlite }
backups: { directory: ${directory}/backups }
clusters:
  prod-eu:
    kubernetes: { kubeconfig: ${directory}/kubeconfig }
    ssh:
      user: upgrader
      privateKey: { file: ${directory}/id_ed25519 }
      knownHosts: ${directory}/known_hosts
    channels: [C0123ABCD]
    approvers: { users: [U0123ABCD] }
`;
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const written = (text: string): string => {
    const path = join(directory, 'config.yaml');
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };

  const wrong: readonly [string, (text: string) => string, RegExp[]][] = [
    ['broken YAML', (text) => text.replace('slack:', 'slack: ['), [/config\.yaml:\d+:\d+/]],
    [
      'an unknown key',
      (text) => text.replace('    channels:', '    chanels: []\n    channels:'),
      [/chanels/, /:\d+:/],
    ],
    [
      'a token in the file',
      (text) =>
        text.replace('{ env: SLACK_BOT_TOKEN }', 'xoxb-123456789012-123456789012-AbCdEfGhIjKlMnOpQrStUvWx'),
      [/token/i, /config\.yaml:2:/],
    ],
    ['a wrong type', (text) => text.replace('[C0123ABCD]', '7'), [/channels/, /:\d+:/]],
    [
      'a secret that is not there',
      (text) => text.replace('SLACK_APP_TOKEN', 'NO_SUCH_TOKEN'),
      [/NO_SUCH_TOKEN/],
    ],
    [
      'several problems at once',
      (text) =>
        text.replace('teamId: T0123ABCD', 'teamId: acme').replace('user: upgrader', 'user: "root; reboot"'),
      [/teamId/, /user/],
    ],
  ];
  it.each(wrong)(
    '%s is told with its place, without a secret and without a stack',
    async (_, change, expected) => {
      const { code, output } = await start(['check-config', written(change(good))], tokens);
      expect(code).toBe(1);
      for (const pattern of expected) expect(output).toMatch(pattern);
      expect(output).not.toMatch(/AbCdEfGhIjKlMnOpQrStUvWx|at .*\.ts:\d+/);
    },
  );

  it('the program itself says the same and does not start', async () => {
    const path = written(good.replace('teamId: T0123ABCD', 'teamId: acme'));
    const checked = await start(['check-config', path], tokens);
    expect(await start([], { ...tokens, K8S_UPGRADE_BOT_CONFIG: path })).toEqual(checked);
  });

  it('a file that is not there, or may not be read, is named', async () => {
    const missing = await start([], { ...tokens, K8S_UPGRADE_BOT_CONFIG: join(directory, 'nowhere.yaml') });
    expect(missing).toMatchObject({
      code: 1,
      output: expect.stringMatching(/nowhere\.yaml.*cannot be read \(ENOENT\)/s),
    });
    const directoryInstead = await start(['check-config', directory], tokens);
    expect(directoryInstead).toMatchObject({ code: 1, output: expect.stringContaining('cannot be read') });
  });

  it('a token that the environment lacks is named before anything starts', async () => {
    const { code, output } = await start(['check-config', written(good)], {});
    expect(code).toBe(1);
    expect(output).toMatch(/SLACK_BOT_TOKEN[\s\S]*SLACK_APP_TOKEN/);
  });

  it('words that the program does not know end it with its usage', async () => {
    const { code, output } = await start(['explode'], tokens);
    expect(code).toBe(2);
    expect(output).toContain('Usage:');
  });

  it('a good one is called good', async () => {
    const path = written(good);
    chmodSync(path, 0o600);
    const { output, code } = await start(['check-config', path], tokens);
    expect(output).toContain('is a valid configuration of prod-eu');
    expect(code).toBe(0);
  });
});
