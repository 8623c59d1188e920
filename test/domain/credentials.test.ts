import { describe, expect, test } from 'vitest';
import { maskCredentials, maskSecrets } from '../../src/domain/credentials.ts';

/** The secret part of each must not be left. */
const credentials: readonly [string, string, string][] = [
  ['a bot token of Slack', 'xoxb-123456789012-abcdefGHIJKL', 'abcdefGHIJKL'],
  ['a refreshable token of Slack', 'xoxe.xoxb-1-Mi0yLTEyMzQ1Njc4OTA', 'Mi0yLTEyMzQ1Njc4OTA'],
  ['a response URL', 'https://hooks.slack.com/commands/T01/02/abcdefghijk', 'abcdefghijk'],
  ['a short token in a header', 'authorization: Bearer s3cr3t', 's3cr3t'],
  ['basic credentials', '> Authorization: Basic YWxhZGRpbjpvcGVu', 'YWxhZGRpbjpvcGVu'],
  ['a bearer token without its header', 'bearer abcdef0123456789', 'abcdef0123456789'],
  ['a bootstrap token', 'kubeadm join --token abcdef.0123456789abcdef', '0123456789abcdef'],
  ['a certificate key', `certificateKey: "${'a'.repeat(64)}"`, 'aaaa'],
  ['the key of a kubeconfig', 'client-key-data: LS0tLS1CRUdJTiBQUklW', 'LS0tLS1CRUdJTiBQUklW'],
  ['a password in a URL', 'http://joe:hunter2@mirror.example/deb', 'hunter2'],
  ['a private key', '-----BEGIN PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END PRIVATE KEY-----', 'b3Blbn'],
  ['half a private key', '-----BEGIN PRIVATE KEY-----\nb3BlbnNzaC1rZXk=', 'b3Blbn'],
];

describe.each([
  ['maskCredentials', maskCredentials],
  ['maskSecrets', maskSecrets],
])('%s', (_name, mask) => {
  test.each(credentials)('takes out %s, wherever it stands', (_what, text, secret) => {
    const shown = mask(`before ${text} after`);
    expect(shown).toContain('[masked]');
    expect(shown).not.toContain(secret);
    expect(shown).toMatch(/^before /);
  });

  test.each([
    'basic configuration and bearer authentication',
    `sha256:${'0123456789abcdef'.repeat(4)}`,
    'http://user@host/path and http://host:8080/a@b',
    'upgrader ALL=(root) NOPASSWD: /usr/bin/timeout',
    'prod-eu: v1.33.13 → v1.34.9 · `k7f3ab` · <!date^1795452007^{time}|16:40 UTC>',
  ])('leaves alone: %s', (text) => {
    expect(mask(text)).toBe(text);
  });

  test('does nothing more to what it has masked', () => {
    for (const [, text] of credentials) expect(mask(mask(text))).toBe(mask(text));
  });
});

test('what is called a secret is one for people’s eyes, and a setting for whoever parses it', () => {
  const text = 'helm: password=hunter22 and "token": "s3cr3t-value"';
  expect(maskSecrets(text)).toBe('helm: password=[masked] and "token": "[masked]"');
  expect(maskCredentials(text)).toBe(text);
});

test('the log has its own word for it', () => {
  expect(maskCredentials('bearer abcdef0123456789', '[redacted]')).toBe('bearer [redacted]');
});
