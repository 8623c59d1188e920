import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunId } from '../../../src/domain/names.ts';
import { eventually } from '../../support/eventually.ts';
import { sceneOn } from './support/acts.ts';
import { failureFrom } from './support/failure.ts';
import { lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(!hasSshd)('a long act', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.dispose());

  test.concurrent('is run with its environment, its output and exit status come back', async () => {
    using scene = sceneOn(sshd);
    const lines: string[] = [];
    const outcome = await scene.host.act(
      scene.act('echo "$FLAVOUR"; echo "grüße €" >&2; printf end; exit 3', {
        environment: { FLAVOUR: 'it\'s "$HOME" \n%n' },
      }),
      (more) => lines.push(...more),
    );
    const output = 'it\'s "$HOME" \n%n\ngrüße €\nend';
    expect(outcome).toEqual({ status: 'exited', code: 3, output });
    expect(lines.join('\n')).toBe(output);
  });

  test.concurrent('tells its output as it comes', async () => {
    using scene = sceneOn(sshd);
    const seen: string[] = [];
    const following = scene.host.act(scene.patient(), (lines) => seen.push(...lines));
    await eventually(() => seen.length > 0, 'output comes');
    expect(seen).toEqual(['begun']);
    await scene.letGo();
    expect(await following).toMatchObject({ status: 'exited', code: 5, output: 'begun\nended\n' });
    expect(seen).toEqual(['begun', 'ended']);
  });

  // Other tests may keep the machine busy just then.
  test.concurrent('its end is known within 300 ms, by one command', { retry: 3 }, async () => {
    using scene = sceneOn(sshd);
    const following = scene.host.act(scene.act('sleep 1; date +%s%3N'));
    const outcome = await following;
    const latency = Date.now() - Number(outcome.output);
    expect(latency).toBeLessThan(300);
    expect(scene.hosts.uses()).toMatchObject([{ connects: 1, commands: 1 }]);
  });

  test.concurrent('asked for again it gives the recorded result and does nothing', async () => {
    using scene = sceneOn(sshd);
    const first = await scene.host.act(scene.act('echo once; exit 4'));
    const again = await scene.host.act(scene.act('echo twice; exit 0'));
    expect(first).toEqual({ status: 'exited', code: 4, output: 'once\n' });
    expect(again).toEqual(first);
    expect(await scene.timesRun()).toBe(1);
  });

  test.concurrent('sudo that refuses is a failure that names the rule', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    await writeFile(join(sshd.directory, 'units', 'sudo-says'), 'sudo: a password is required\n');
    try {
      expect(await failureFrom(scene.host.act(scene.act('true')))).toMatchObject({ code: 'sudo.refused' });
    } finally {
      await rm(join(sshd.directory, 'units', 'sudo-says'));
    }
  });

  test.concurrent('a very long output is bounded on its way, its end is whole', async () => {
    using scene = sceneOn(sshd);
    const outcome = await scene.host.act(scene.act('yes "zeile ü" | head -n 400000; echo last'));
    expect(outcome.status).toBe('exited');
    expect(Buffer.byteLength(outcome.output)).toBeLessThan(66_000);
    expect(outcome.output).toMatch(/^\[earlier output left out\]\n/);
    expect(outcome.output).toMatch(/zeile ü\nlast\n$/);
  });

  test.concurrent('secrets in its output are masked', async () => {
    using scene = sceneOn(sshd);
    const lines: string[] = [];
    const outcome = await scene.host.act(scene.act('echo "--token abcdef.0123456789abcdef"'), (more) =>
      lines.push(...more),
    );
    expect(outcome.output).toBe('--token [masked]\n');
    expect(lines).toEqual(['--token [masked]']);
  });

  test.concurrent('a listener that throws is heard of, and the act goes on', async () => {
    using scene = sceneOn(sshd);
    const following = scene.host.act(scene.act('echo hi'), () => {
      throw new Error('listener');
    });
    await expect(following).rejects.toThrow('listener');
    expect(await scene.host.act(scene.act('echo hi'))).toMatchObject({ status: 'exited', code: 0 });
    expect(await scene.timesRun()).toBe(1);
  });

  test.concurrent('what a run left is removed, except what still runs and what is of others', async () => {
    using scene = sceneOn(sshd);
    const run = 'abc234' as RunId;
    await scene.host.act({ ...scene.act('true'), base: `${run}-cp-1.a` });
    await scene.host.act({ ...scene.act('true'), base: `${run}5-cp-1.a` });
    const following = scene.host.act({ ...scene.patient(), base: `${run}-cp-1.b` });
    await eventually(async () => (await scene.timesRun()) === 3, 'all three run');
    expect(await scene.hosts.forgetRun(lab, node, run)).toEqual([`${run}-cp-1.b`]);
    await scene.letGo();
    await following;
    expect(await scene.hosts.forgetRun(lab, node, run)).toEqual([]);
    const left = await scene.host.read(['ls', sshd.state]);
    expect(left.stdout).toContain(`${run}5-cp-1.a`);
    expect(left.stdout).not.toContain(`${run}-cp-1`);
  });

  test.concurrent.each(['..', '.', 'a/b', '-a', 'a b', "a'b", 'ä', '', 'x'.repeat(201)])(
    'the base "%s" is refused',
    async (odd) => {
      using scene = sceneOn(sshd);
      await expect(scene.host.act({ ...scene.act('true'), base: odd })).rejects.toThrow();
      expect(scene.hosts.uses()[0]?.commands ?? 0).toBe(0);
    },
  );
});
