import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/adapters/log/pino-log.ts';

function logInto(level = 'debug') {
  const lines: string[] = [];
  const log = createLog({ level, destination: { write: (line: string) => void lines.push(line) } });
  const read = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, read };
}

describe('the log', () => {
  it('writes one JSON line a message, with its fields', () => {
    const { log, read } = logInto();
    log.info({ cluster: 'prod-eu', step: 'v1.34.9/cp-2/drain-node' }, 'A step has begun');
    expect(read()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        cluster: 'prod-eu',
        step: 'v1.34.9/cp-2/drain-node',
        msg: 'A step has begun',
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    const { log, read } = logInto('warn');
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    log.error({}, 'd');
    expect(read().map(({ msg }) => msg)).toEqual(['c', 'd']);
  });

  it('tells an error with its causes, and nothing that hangs on it', () => {
    const { log, read } = logInto();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      request: { headers: 'x' },
    });
    log.error({ error: new Error('It went wrong', { cause }) }, 'A step has failed');
    expect(read()[0]?.error).toMatchObject({
      message: 'It went wrong',
      cause: { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
    });
    expect(JSON.stringify(read())).not.toContain('headers');
  });

  it.each([
    ['a Slack bot token', 'xoxb-1234567890-abcdefghijkl'],
    ['a Slack app token', 'xapp-1-A012345-6789-abcdef0123456789'],
    ['a refreshable Slack token', 'xoxe.xoxb-1-Mi0yLTEyMzQ1Njc4OTA'],
    ['a service account token', 'eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl'],
    ['a header', 'Authorization: Bearer abcdef0123456789'],
    ['a bootstrap token', 'abcdef.0123456789abcdef'],
    [
      'a private key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----',
    ],
    ['half a private key', '-----BEGIN PRIVATE KEY-----\nb3BlbnNzaC1rZXk='],
    ['a password in a URL', 'https://bot:hunter2secret@proxy.example:3128/'],
    ['a response URL', 'https://hooks.slack.com/commands/T01/02/abcdefghijk'],
  ])('masks %s, wherever it stands', (_, secret) => {
    const { log, lines } = logInto();
    const fields = { text: `before ${secret} after`, deep: { list: [secret] }, error: new Error(secret) };
    log.warn(fields, 'Something happened');
    const tail = secret.split(/[\s:/]+/).findLast((part) => /[a-z0-9]{7}/.test(part)) ?? secret;
    expect(lines[0]).toContain('[redacted]');
    expect(lines[0]).not.toContain(tail.split('@')[0]);
  });

  it.each([
    'token',
    'password',
    'privateKey',
    'passphrase',
    'authorization',
    'client-key-data',
    'trigger_id',
  ])('masks what is named %s, up to two levels down', (name) => {
    const { log, lines } = logInto();
    log.info({ [name]: 'plain-secret', a: { [name]: 'plain-secret', b: { [name]: 'plain-secret' } } }, 'x');
    expect(lines[0]).not.toContain('plain-secret');
  });

  it('lets versions, addresses, digests and node names pass', () => {
    const { log, read } = logInto();
    const fields = {
      version: 'v1.34.9',
      node: 'worker-01.eu-central-1.compute.internal',
      endpoint: 'https://10.77.0.11:6443',
      digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    };
    log.info(fields, 'x');
    expect(read()[0]).toMatchObject(fields);
  });

  it('survives a cycle', () => {
    const { log, read } = logInto();
    const round: Record<string, unknown> = { name: 'a' };
    round.self = round;
    log.info({ round }, 'x');
    expect(read()).toHaveLength(1);
  });
});
