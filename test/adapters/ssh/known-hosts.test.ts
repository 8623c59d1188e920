import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf, hostKeyAlgorithms, hostKeyType } from '../../../src/adapters/ssh/host-key.ts';
import {
  judgeHostKey,
  keysOf,
  knownHostsName,
  parseKnownHosts,
} from '../../../src/adapters/ssh/known-hosts.ts';
import { hasSshd } from './support/sshd.ts';

const key = (letter: string, type = 'ssh-ed25519') => {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.alloc(36, letter)]);
};
const line = (patterns: string, of: Buffer) =>
  `${patterns} ${hostKeyType(of)} ${of.toString('base64')} a comment`;
const judge = (text: string, host: string, port: number, shown: Buffer) =>
  judgeHostKey(shown, keysOf(knownHostsName(host, port), parseKnownHosts(text))).status;

describe('which lines are about a host', () => {
  const a = key('a');
  test.each([
    ['10.0.0.1', '10.0.0.1', 22, 'accepted'],
    ['10.0.0.1', '10.0.0.1', 2222, 'unknown'],
    ['[10.0.0.1]:2222', '10.0.0.1', 2222, 'accepted'],
    ['[10.0.0.1]:2222', '10.0.0.1', 22, 'unknown'],
    ['cp-1,10.0.0.1', '10.0.0.1', 22, 'accepted'],
    ['10.0.0.*', '10.0.0.77', 22, 'accepted'],
    ['10.0.0.?', '10.0.0.77', 22, 'unknown'],
    ['10.0.0.*,!10.0.0.77', '10.0.0.77', 22, 'unknown'],
    ['!10.0.0.77,10.0.0.*', '10.0.0.7', 22, 'accepted'],
    ['CP-1.Example', 'cp-1.example', 22, 'accepted'],
    ['10x0x0x1', '10.0.0.1', 22, 'unknown'],
    ['10.0.0.1', '10x0x0x1', 22, 'unknown'],
    ['[fe80::1]:2222', 'fe80::1', 2222, 'accepted'],
  ])('%s for %s port %i: %s', (patterns, host, port, status) => {
    expect(judge(line(patterns, a), host, port, a)).toBe(status);
  });
});

describe('verdicts', () => {
  test('another key of the same host is a change, not an unknown host', () => {
    expect(judge(line('h', key('a')), 'h', 22, key('b'))).toBe('changed');
  });

  test('one of several keys suffices', () => {
    const text = [line('h', key('a')), line('h', key('b'))].join('\n');
    expect(judge(text, 'h', 22, key('b'))).toBe('accepted');
  });

  test('revoked beats accepted, also by a pattern for all hosts', () => {
    const text = [line('h', key('a')), `@revoked ${line('*', key('a'))}`].join('\n');
    expect(judge(text, 'h', 22, key('a'))).toBe('revoked');
  });

  test('a certificate authority vouches for nobody here', () => {
    expect(judge(`@cert-authority ${line('*', key('a'))}`, 'h', 22, key('a'))).toBe('unknown');
  });

  test.each([
    '',
    '# h ssh-ed25519 AAAA',
    'h',
    'h ssh-ed25519',
    'h ssh-ed25519 AAAA',
    '@odd h ssh-ed25519 AAAA',
  ])('the line "%s" vouches for nobody', (text) => {
    expect(judge(text, 'h', 22, key('a'))).toBe('unknown');
  });

  test('a key whose own type differs from what the line says is passed over', () => {
    const text = `h ssh-rsa ${key('a').toString('base64')}`;
    expect(parseKnownHosts(text)).toEqual([]);
  });
});

test('the server is asked for the types that are known, RSA never with SHA-1', () => {
  expect(hostKeyAlgorithms(['ssh-rsa'])).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
  expect(hostKeyAlgorithms(['ssh-ed25519', 'ssh-ed25519'])).toEqual(['ssh-ed25519']);
  expect(hostKeyAlgorithms([])).toContain('ecdsa-sha2-nistp256');
  expect(hostKeyAlgorithms([])).not.toContain('ssh-rsa');
});

describe.skipIf(!hasSshd)('as ssh-keygen sees it', () => {
  let directory = '';
  let publicKey = '';
  const keygen = (...args: string[]) =>
    execFileSync('ssh-keygen', args, { cwd: directory, encoding: 'utf8' });

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'k8s-upgrade-bot-known-hosts-'));
    keygen('-q', '-t', 'ed25519', '-N', '', '-f', 'key');
    publicKey = readFileSync(join(directory, 'key.pub'), 'utf8').trim();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const blob = () => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');

  test('hashed names are found', () => {
    writeFileSync(join(directory, 'known'), `10.0.0.1 ${publicKey}\n[10.0.0.2]:2222 ${publicKey}\n`);
    keygen('-q', '-H', '-f', 'known');
    const text = readFileSync(join(directory, 'known'), 'utf8');
    expect(text).not.toContain('10.0.0.1');
    expect(judge(text, '10.0.0.1', 22, blob())).toBe('accepted');
    expect(judge(text, '10.0.0.2', 2222, blob())).toBe('accepted');
    expect(judge(text, '10.0.0.2', 22, blob())).toBe('unknown');
  });

  test('fingerprints are the ones that people compare', () => {
    expect(keygen('-l', '-f', 'key.pub')).toContain(`${fingerprintOf(blob())} `);
  });
});
