import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type ConfigProblem, readConfig } from '../../src/read-config.ts';

export const env = {
  SLACK_BOT_TOKEN: 'xoxb-from-environment',
  SLACK_APP_TOKEN: 'xapp-from-environment',
  SSH_AUTH_SOCK: '/s',
};

export const good = `slack:
  botToken: { env: SLACK_BOT_TOKEN }
  appToken: { env: SLACK_APP_TOKEN }
  teamId: T0123ABCD
store: { path: bot.db }
backups: { directory: backups }
clusters:
  prod-eu:
    kubernetes:
      kubeconfig: kubeconfig
    ssh:
      user: bot
      privateKey: { file: id }
      knownHosts: known_hosts
    channels: [C0123ABCD]
    approvers: { users: [U0123ABCD] }
`;

/** A directory of its own for each test, with the files that a good configuration names. */
export let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'read-config-'));
  await writeFile(join(directory, 'kubeconfig'), 'kind: Config');
  await writeFile(join(directory, 'known_hosts'), '');
  await writeFile(join(directory, 'id'), '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

export async function read(text: string | Uint8Array, environment: Record<string, string> = env) {
  const path = join(directory, 'config.yaml');
  await writeFile(path, text);
  return await readConfig(path, environment);
}

export async function problemsOf(text: string | Uint8Array, environment?: Record<string, string>) {
  const outcome = await read(text, environment);
  return outcome.status === 'ok' ? [] : [...outcome.problems];
}

/** The line of a problem as the file shows it, so that tests do not count lines. */
export const lineOf = (text: string, { line, column }: ConfigProblem) =>
  text.split('\n')[line - 1]?.slice(column - 1);
