import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ConfigProblem, formatProblems } from '../../src/read-config.ts';
import { directory, env, good, lineOf, problemsOf } from './support.ts';

const secret = 'xoxb-1111111111-SECRETSECRET';
describe('secrets', () => {
  test.each<[string, string, string]>([
    ['as a value', good.replace('{ env: SLACK_BOT_TOKEN }', secret), 'slack.botToken'],
    ['as the name of a variable', good.replace('SLACK_BOT_TOKEN', `"${secret}"`), 'slack.botToken'],
    [
      'as a path',
      good.replace('{ file: id }', `{ file: "${secret}" }`),
      'clusters.prod-eu.ssh.privateKey.file',
    ],
    ['as a key', `${good}${secret}: 1\n`, ''],
    ['in a comment', good.replace('T0123ABCD', `T0123ABCD # ${secret}`), ''],
    ['beside a syntax error', good.replace('{ env: SLACK_BOT_TOKEN }', `{ ${secret}`), ''],
    ['in an alias', good.replace('T0123ABCD', `*${secret}`), 'slack.teamId'],
    [
      'as a private key',
      good.replace('{ file: id }', '|\n        -----BEGIN OPENSSH PRIVATE KEY-----\n        SECRETSECRET'),
      '',
    ],
  ])('written out %s are refused without being printed', async (_title, text, path) => {
    const problems = await problemsOf(text);
    const found = problems.filter(({ message }) => message.startsWith('looks like a '));
    expect(found).toHaveLength(1);
    if (path !== '') expect(found[0]?.path).toContain(path.split('.')[0]);
    expect(lineOf(text, found[0] as ConfigProblem)).toMatch(/^(xoxb|-----BEGIN)/);
    expect(formatProblems('config.yaml', problems)).not.toMatch(/SECRET(SECRET|\b(?!S))|1111111111/);
  });

  test('that are empty, huge or public are told by their reference, never by their content', async () => {
    await writeFile(join(directory, 'empty'), ' \n');
    await writeFile(join(directory, 'huge'), secret.repeat(10_000));
    await writeFile(join(directory, 'id.pub'), `ssh-ed25519 ${secret}`);
    for (const [file, says] of [
      ['empty', 'is empty'],
      ['huge', 'no secret'],
      ['id.pub', 'public key'],
    ]) {
      const problems = await problemsOf(good.replace('{ file: id }', `{ file: ${file} }`));
      expect(problems).toMatchObject([
        { path: 'clusters.prod-eu.ssh.privateKey', message: expect.stringContaining(says ?? '') },
      ]);
      expect(JSON.stringify(problems)).not.toContain('SECRETSECRET');
    }
    expect(await problemsOf(good, { ...env, SLACK_BOT_TOKEN: '' })).toMatchObject([
      { message: expect.stringContaining('is empty') },
    ]);
  });
});
