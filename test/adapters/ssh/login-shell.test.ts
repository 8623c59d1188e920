import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBeginning, marked } from '../../../src/adapters/ssh/login-shell.ts';
import { sceneOn } from './support/acts.ts';
import { failureFrom } from './support/failure.ts';
import { lab, node } from './support/hosts.ts';
import { hasSshd, startSshd } from './support/sshd.ts';

const mark = Buffer.from(`${/'(.+)'/.exec(marked(''))?.[1]}\n`);

test('what a command prints begins after the mark, wherever the stream is cut', () => {
  const greeting = fc.constantFrom('', 'Welcome to cp-1\n', 'ü @@ k8s\n\n', 'no line feed');
  const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(greeting, fc.uint8Array({ maxLength: 200 }), cuts, (before, bytes, sizes) => {
      const whole = Buffer.concat([Buffer.from(before), mark, bytes]);
      const beginning = createBeginning();
      const passed: Buffer[] = [];
      for (let at = 0, piece = 0; at < whole.length; piece++) {
        const size = sizes[piece % sizes.length] ?? 1;
        passed.push(beginning.push(whole.subarray(at, at + size)));
        at += size;
      }
      expect(beginning.hasBegun()).toBe(true);
      expect(Buffer.concat(passed)).toEqual(Buffer.from(bytes));
    }),
    { seed: 20_261_123 },
  );
});

test('without the mark nothing has begun, and what came instead is kept', () => {
  const beginning = createBeginning();
  expect(beginning.push(Buffer.from('This account is currently not available.\n'))).toHaveLength(0);
  expect(beginning.hasBegun()).toBe(false);
  expect(beginning.greeting()).toContain('not available');
});

describe.skipIf(!hasSshd)('the login shell of a machine', () => {
  test('that greets is listened to from where the command begins', async () => {
    await using sshd = await startSshd();
    await writeFile(join(sshd.directory, '.bashrc'), 'echo "Welcome to cp-1"; echo "fortune: ü"; printf x\n');
    using scene = sceneOn(sshd);
    expect(await scene.host.read(['cat'], { stdin: 'grüße\n' })).toMatchObject({ stdout: 'grüße\n' });
    const bytes = randomBytes(300_000);
    const [there, here] = [join(sshd.directory, 'there'), join(sshd.directory, 'here')];
    await writeFile(there, bytes);
    expect(await scene.host.download(there, here)).toMatchObject({ bytes: bytes.length });
    expect(await readFile(here)).toEqual(bytes);
    expect(await scene.host.act(scene.act('echo done'))).toMatchObject({ code: 0, output: 'done\n' });
    expect((await scene.hosts.checkSudo(lab, node)).lines[0]).toContain('may run the following commands');
  });

  test('that runs something else than what it is given is told by what it says, and nothing was done', async () => {
    await using sshd = await startSshd({ configuration: 'ForceCommand echo "Only for backups."; exit 0' });
    using scene = sceneOn(sshd);
    const unfit = { code: 'ssh.shell-unfit', retry: 'halt', lastWords: ['Only for backups.'] };
    expect(await failureFrom(scene.host.read(['true']))).toMatchObject(unfit);
    expect(await failureFrom(scene.host.act(scene.act('true')))).toMatchObject(unfit);
    expect(await failureFrom(scene.hosts.checkSudo(lab, node))).toMatchObject(unfit);
    expect(await scene.timesRun()).toBe(0);
  });
});
