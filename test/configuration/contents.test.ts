import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { generateKey } from '../../sandbox/cluster/ssh/keys.ts';
import { kubeconfigProblem } from '../../src/adapters/kubernetes/access.ts';
import { keyProblem } from '../../src/adapters/ssh/key-problem.ts';
import { readConfig } from '../../src/read-config.ts';
import { directory, env, good } from './support.ts';

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{ name: a, cluster: { server: https://10.0.0.10:6443 } }]
users: [{ name: u, user: { token: abc } }]
contexts: [{ name: c, context: { cluster: a, user: u } }]
current-context: c
`;
const checks = { privateKey: keyProblem, kubeconfig: kubeconfigProblem };
const { private: plainKey } = generateKey('bot');
const lockedKey = lockedWith('correct horse');

/** About one in two hundred of the keys that ssh2 1.17 writes cannot be read by ssh2 itself. */
function lockedWith(passphrase: string): string {
  for (;;) {
    const options = { passphrase, cipher: 'aes256-cbc', rounds: 1 };
    const { private: key } = ssh2.utils.generateKeyPairSync('ed25519', options);
    if (!(ssh2.utils.parseKey(key, passphrase) instanceof Error)) return key;
  }
}

async function readWith(files: Record<string, string>, text = good) {
  const all = { id: plainKey, kubeconfig, ...files, 'config.yaml': text };
  for (const [name, content] of Object.entries(all)) {
    await writeFile(join(directory, name), content);
    await chmod(join(directory, name), 0o600);
  }
  const outcome = await readConfig(join(directory, 'config.yaml'), env, checks);
  const problems = outcome.status === 'ok' ? outcome.warnings : outcome.problems;
  return { status: outcome.status, said: problems.map(({ path, message }) => `${path} ${message}`) };
}
const withPassphrase = good.replace('{ file: id }', '{ file: id }\n      passphrase: { file: passphrase }');

test('a key and a kubeconfig that can be used are not complained about', async () => {
  expect(await readWith({})).toEqual({ status: 'ok', said: [] });
  expect(await readWith({ id: lockedKey, passphrase: 'correct horse\n' }, withPassphrase)).toEqual({
    status: 'ok',
    said: [],
  });
});

test.each<[string, Record<string, string>, string, RegExp]>([
  ['something that is no key', { id: 'hello' }, good, /ssh.privateKey leads to a key that cannot be used/],
  ['a locked key alone', { id: lockedKey }, good, /ssh.privateKey leads to a key with a passphrase: name/],
  [
    'a locked key and another passphrase',
    { id: lockedKey, passphrase: 'wrong' },
    withPassphrase,
    /ssh.privateKey leads to a key that its passphrase does not open/,
  ],
  ['a kubeconfig that is no YAML', { kubeconfig: '{' }, good, /kubernetes.kubeconfig leads to a kubeconfig/],
  [
    'a kubeconfig over plain http',
    { kubeconfig: kubeconfig.replace('https', 'http') },
    good,
    /credentials are only sent over https/,
  ],
  [
    'a context that the kubeconfig does not have',
    {},
    good.replace('kubeconfig: kubeconfig', 'kubeconfig: kubeconfig\n      context: nope'),
    /it has no context nope/,
  ],
])('%s keeps the bot from starting', async (_title, files, text, says) => {
  const { status, said } = await readWith(files, text);
  expect(status).toBe('invalid');
  expect(said).toEqual([expect.stringMatching(says)]);
});

test('more approvals than pinned people can give keep the bot from starting; a group may have them', async () => {
  const three = good.replace('    channels', '    policy: { approvals: { needed: 3 } }\n    channels');
  expect((await readWith({}, three)).said).toEqual([
    expect.stringMatching(/approvers names 1 of the 3 people .* nothing could ever be approved/),
  ]);
  const group = three.replace('users: [U0123ABCD]', 'users: [U0123ABCD], group: S0123ABCD');
  expect(await readWith({}, group)).toEqual({ status: 'ok', said: [] });
});

test('secrets that everybody may read are told, and keep nobody from starting', async () => {
  await readWith({});
  await chmod(join(directory, 'id'), 0o644);
  const outcome = await readConfig(join(directory, 'config.yaml'), env, checks);
  expect(outcome).toMatchObject({
    status: 'ok',
    warnings: [
      { path: 'clusters.prod-eu.ssh.privateKey', message: expect.stringMatching(/mode 0644.*chmod 600/) },
    ],
  });
});

test('a place for backups that is no directory is told', async () => {
  const elsewhere = good.replace('directory: backups', 'directory: kubeconfig/backups');
  expect((await readWith({}, elsewhere)).said).toEqual([
    expect.stringMatching(
      /backups.directory .*kubeconfig\/backups cannot be written by this user \(ENOTDIR\)/,
    ),
  ]);
});
