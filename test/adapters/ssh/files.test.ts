import { randomBytes } from 'node:crypto';
import { chmod, lstat, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RemoteHosts } from '../../../src/adapters/ssh/remote-hosts.ts';
import type { RemoteHost } from '../../../src/ports/remote-host.ts';
import { failureFrom } from './support/failure.ts';
import { hostsOn, lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(!hasSshd)('files of a machine', () => {
  let sshd: Sshd;
  let hosts: RemoteHosts;
  let host: RemoteHost;
  const at = (name: string) => join(sshd.directory, name);
  beforeAll(async () => {
    sshd = await startSshd();
    hosts = hostsOn(sshd);
    host = hosts.hostOf(lab, node);
  });
  afterAll(async () => {
    hosts.close();
    await sshd.dispose();
  });

  test('a file is replaced whole, with its mode, and nothing is left beside it', async () => {
    const content = `${'ä € \0 \\n'.repeat(5_000)}no line feed at the end`;
    await writeFile(at('a file'), 'old');
    await host.writeFile(at('a file'), content, '0640');
    expect(await readFile(at('a file'), 'utf8')).toBe(content);
    expect(((await stat(at('a file'))).mode & 0o777).toString(8)).toBe('640');
    expect((await readdir(sshd.directory)).filter((name) => name.includes('a file'))).toEqual(['a file']);
  });

  test('a file that was not there is made', async () => {
    await host.writeFile(at('new'), '', '0600');
    expect(await readFile(at('new'), 'utf8')).toBe('');
  });

  test('a link stays a link to the file that is replaced', async () => {
    await writeFile(at('target'), 'old');
    await symlink(at('target'), at('link'));
    await host.writeFile(at('link'), 'new', '0644');
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true);
    expect(await readFile(at('target'), 'utf8')).toBe('new');
  });

  test('a directory that is not there is a failure with the words of the machine', async () => {
    const failure = await failureFrom(host.writeFile(at('nowhere/file'), 'x', '0644'));
    expect(failure.code).toBe('command.failed');
    expect(failure.lastWords.join('\n')).toMatch(/No such file|nonexistent/);
  });

  test.each(['644', '07777', '0648', ''])('the mode "%s" is refused', async (mode) => {
    await expect(host.writeFile(at('m'), 'x', mode)).rejects.toThrow(RangeError);
  });

  test('a download is byte for byte the same, for nobody else to read', async () => {
    const bytes = randomBytes(3_000_000);
    await writeFile(at('big'), bytes);
    const got = await host.download(at('big'), at('here'));
    expect(got.bytes).toBe(bytes.length);
    expect((await readFile(at('here'))).equals(bytes)).toBe(true);
    expect(((await stat(at('here'))).mode & 0o777).toString(8)).toBe('600');
  });

  test('an earlier download is replaced only by a whole one', async () => {
    await writeFile(at('kept'), 'kept');
    const missing = await failureFrom(host.download(at('not-there'), at('kept')));
    expect(missing.code).toBe('command.failed');
    expect(missing.lastWords.join('')).toContain('No such file');
    expect(await readFile(at('kept'), 'utf8')).toBe('kept');
  });

  test('a file that changes meanwhile is not taken for good', async () => {
    // A named pipe gives its content once: what arrived and what is summed up differ.
    await writeFile(at('bin/sha256sum'), '#!/bin/sh\necho "$(printf "%064d" 0)  $3"\n');
    await chmod(at('bin/sha256sum'), 0o755);
    await writeFile(at('moving'), 'now');
    const failure = await failureFrom(host.download(at('moving'), at('moved')));
    expect(failure).toMatchObject({ code: 'backup.failed', retry: 'transient' });
    expect((await readdir(sshd.directory)).filter((name) => name.startsWith('moved'))).toEqual([]);
  });

  test('a place that cannot be written here is said to be here', async () => {
    await writeFile(at('small'), 'x');
    const failure = await failureFrom(host.download(at('small'), '/nowhere/file'));
    expect(failure.code).toBe('backup.failed');
    expect(failure.message).toContain('here');
  });

  test('a download that is cut leaves nothing and can be tried again', async () => {
    await writeFile(at('slow'), randomBytes(1_000));
    await writeFile(at('bin/cat'), '#!/bin/sh\nhead -c 500 "$2"; sleep 20\n');
    await chmod(at('bin/cat'), 0o755);
    const failing = failureFrom(host.download(at('slow'), at('cut')));
    await expect.poll(async () => (await stat(at('cut.part')).catch(() => undefined))?.size).toBe(500);
    sshd.cutConnections();
    expect(await failing).toMatchObject({ code: 'ssh.unreachable', retry: 'transient' });
    expect((await readdir(sshd.directory)).filter((name) => name.startsWith('cut'))).toEqual([]);
  });

  test('an upload is byte for byte the same, with its mode, and is not sent again', async () => {
    await rm(at('bin/cat'), { force: true });
    await rm(at('bin/sha256sum'), { force: true });
    const bytes = randomBytes(3_000_000);
    await writeFile(at('local'), bytes);
    const sent = await host.upload(at('local'), at('there'), '0600');
    expect(sent.bytes).toBe(bytes.length);
    expect((await readFile(at('there'))).equals(bytes)).toBe(true);
    const first = await stat(at('there'));
    expect((first.mode & 0o777).toString(8)).toBe('600');
    await host.upload(at('local'), at('there'), '0700');
    const second = await stat(at('there'));
    expect([second.ino, (second.mode & 0o777).toString(8)]).toEqual([first.ino, '700']);
    await writeFile(at('local'), 'another');
    await host.upload(at('local'), at('there'), '0600');
    expect(await readFile(at('there'), 'utf8')).toBe('another');
  });

  test('an upload that is cut leaves no file of that name', async () => {
    await writeFile(at('bin/sha256sum'), '#!/bin/sh\nsleep 20\n');
    await chmod(at('bin/sha256sum'), 0o755);
    await writeFile(at('local'), 'x');
    const failing = failureFrom(host.upload(at('local'), at('never'), '0600'));
    await expect
      .poll(async () => (await stat(at('never.part')).catch(() => undefined))?.size, { timeout: 5_000 })
      .toBe(1);
    sshd.cutConnections();
    expect(await failing).toMatchObject({ code: 'ssh.unreachable', retry: 'transient' });
    expect(await readdir(sshd.directory)).not.toContain('never');
    await rm(at('bin/sha256sum'), { force: true });
  });

  test('what arrives with another sum is cut on its way: nothing has that name, and it is tried again', async () => {
    await writeFile(at('bin/sha256sum'), '#!/bin/sh\nprintf "%064d  -\\n" 0\n');
    await chmod(at('bin/sha256sum'), 0o755);
    await writeFile(at('local'), 'x');
    const cut = { code: 'ssh.unreachable', retry: 'transient' };
    expect(await failureFrom(host.upload(at('local'), at('short'), '0600'))).toMatchObject(cut);
    expect(await failureFrom(host.writeFile(at('short'), 'x', '0600'))).toMatchObject(cut);
    expect((await readdir(sshd.directory)).filter((name) => name.includes('short'))).toEqual([]);
    await rm(at('bin/sha256sum'), { force: true });
  });

  test('an upload to nowhere and one of nothing are told apart', async () => {
    await writeFile(at('local'), 'x');
    const nowhere = await failureFrom(host.upload(at('local'), at('nowhere/file'), '0600'));
    expect(nowhere.code).toBe('command.failed');
    expect(nowhere.lastWords.join('\n')).toMatch(/No such file|nonexistent/);
    const nothing = await failureFrom(host.upload(at('not-there'), at('x'), '0600'));
    expect(nothing.code).toBe('backup.corrupt');
  });
});
