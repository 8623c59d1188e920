import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backupsOf } from '../../src/config.ts';
import { ClusterName } from '../../src/domain/names.ts';
import { configPath, formatProblems } from '../../src/read-config.ts';
import { directory, good, problemsOf, read } from './support.ts';

describe('a good file', () => {
  test('is read, with absolute paths and defaults', async () => {
    const outcome = await read(good);
    expect(outcome).toMatchObject({
      status: 'ok',
      config: {
        store: { path: join(directory, 'bot.db') },
        backups: { directory: join(directory, 'backups'), keep: 10 },
        http: { address: '127.0.0.1', port: 8080 },
        clusters: {
          'prod-eu': {
            kubernetes: { kubeconfig: join(directory, 'kubeconfig') },
            ssh: { knownHosts: join(directory, 'known_hosts'), privateKey: { file: join(directory, 'id') } },
            policy: { approvals: { needed: 1 } },
          },
        },
      },
    });
  });

  test('names manifests from where the file is', async () => {
    const addon = '{ name: cni, when: after-hop, manifest: cni.yaml, verify: [check] }';
    await writeFile(join(directory, 'cni.yaml'), 'kind: List');
    const outcome = await read(
      good.replace('    channels', `    policy: { addons: [${addon}] }\n    channels`),
    );
    expect(outcome).toMatchObject({
      config: {
        clusters: { 'prod-eu': { policy: { addons: [{ manifest: join(directory, 'cni.yaml') }] } } },
      },
    });
  });

  test('keeps a cluster’s backups where the cluster says, else where all are', async () => {
    const outcome = await read(good.replace('    channels', '    backups: { directory: own }\n    channels'));
    if (outcome.status !== 'ok') throw new Error(formatProblems('config.yaml', outcome.problems));
    const at = (name: string) => backupsOf(outcome.config, ClusterName.parse(name));
    expect(at('prod-eu')).toEqual({ directory: join(directory, 'own'), keep: 10 });
    expect(at('another')).toEqual({ directory: join(directory, 'backups'), keep: 10 });
  });

  test('gives secrets when they are asked for, as they are then', async () => {
    const outcome = await read(good);
    if (outcome.status !== 'ok') throw new Error(formatProblems('config.yaml', outcome.problems));
    const { config, readSecret } = outcome;
    expect(await readSecret(config.slack.botToken)).toBe('xoxb-from-environment');
    const key = config.clusters['prod-eu' as never]?.ssh.privateKey ?? { env: 'NONE' };
    expect(await readSecret(key)).toBe('-----BEGIN OPENSSH PRIVATE KEY-----\nabc');
    await writeFile(join(directory, 'id'), 'rotated\n');
    expect(await readSecret(key)).toBe('rotated');
    await rm(join(directory, 'id'));
    await expect(readSecret(key)).rejects.toThrow('cannot be read (ENOENT)');
  });

  test('is the example in docs, which has only things that exist', async () => {
    const example = await readFile('docs/config.example.yaml', 'utf8');
    await writeFile(join(directory, 'id_ed25519'), 'key');
    const local = example
      .replaceAll('/etc/k8s-upgrade-bot/', '')
      .replaceAll(/(prod|staging)-eu.kubeconfig/g, 'kubeconfig');
    expect(await problemsOf(local)).toEqual([]);
  });

  test('may come with a byte order mark and Windows line ends', async () => {
    expect((await read(`\ufeff${good.replaceAll('\n', '\r\n')}`)).status).toBe('ok');
  });

  test('every default that the example shows commented out is the default', async () => {
    const example = await readFile('docs/config.example.yaml', 'utf8');
    await writeFile(join(directory, 'id_ed25519'), 'key');
    const local = example
      .replaceAll('/etc/k8s-upgrade-bot/', '')
      .replaceAll(/(prod|staging)-eu.kubeconfig/g, 'kubeconfig');
    const shown = local.replaceAll(
      /^(\s*)# (\s*(?:\w+Seconds|port|requesterCounts|expireAfterMinutes|deleteUnmanagedPods|deleteEmptyDirData|attempts|timeouts|retries):.*)$/gm,
      '$1$2',
    );
    expect(shown).not.toBe(local);
    const [plain, full] = [await read(local), await read(shown)];
    expect(full).toMatchObject({ status: 'ok' });
    expect(full.status === 'ok' ? full.config : 0).toEqual(plain.status === 'ok' ? plain.config : 1);
  });
});
test('the environment names the file; without it there is one place to look', () => {
  expect(configPath({ K8S_UPGRADE_BOT_CONFIG: '/etc/bot.yaml' })).toBe('/etc/bot.yaml');
  expect(configPath({ K8S_UPGRADE_BOT_CONFIG: ' ' })).toBe('/etc/k8s-upgrade-bot/config.yaml');
  expect(configPath({})).toBe('/etc/k8s-upgrade-bot/config.yaml');
});
