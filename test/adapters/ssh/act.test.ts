import { spawn } from 'node:child_process';
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commandFile, startAndFollow } from '../../../src/adapters/ssh/act-scripts.ts';
import type { RemoteHosts } from '../../../src/adapters/ssh/remote-hosts.ts';
import type { RunId } from '../../../src/domain/names.ts';
import type { Act, RemoteHost } from '../../../src/ports/remote-host.ts';
import { failureFrom } from './support/failure.ts';
import { configOn, hostsOn, lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(!hasSshd)('a long act', () => {
  let sshd: Sshd;
  let hosts: RemoteHosts;
  let host: RemoteHost;
  let counter = 0;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  beforeEach(() => {
    hosts = hostsOn(sshd);
    host = hosts.hostOf(lab, node);
    counter += 1;
  });
  afterEach(() => hosts.close());
  afterAll(() => sshd.dispose());

  /** Every test has acts of its own; each run of a command leaves a line in `ran`. */
  const base = () => `run${counter}-step`;
  const ran = () => join(sshd.directory, `ran-${counter}`);
  const goOn = () => join(sshd.directory, `go-on-${counter}`);
  const at = (attempt: number, name: string) => join(sshd.state, base(), String(attempt), name);
  const timesRun = async () => (await readFile(ran(), 'utf8').catch(() => '')).split('\n').length - 1;
  const act = (script: string, more: Partial<Act> = {}): Act => ({
    base: base(),
    attempt: 1,
    argv: ['sh', '-c', `echo ran >>${ran()}; ${script}`],
    waitSeconds: 15,
    ...more,
  });
  /** Runs until the test lets it go on. */
  const waiting = `echo begun; until [ -e "$GO_ON" ]; do sleep 0.05; done; echo ended; exit 5`;
  const patient = (more: Partial<Act> = {}) => act(waiting, { environment: { GO_ON: goOn() }, ...more });
  const begun = () => expect.poll(timesRun, { timeout: 10_000 }).toBeGreaterThan(0);
  const letGo = () => writeFile(goOn(), '');

  test('is run with its environment, its output and exit status come back', async () => {
    const lines: string[] = [];
    const outcome = await host.act(
      act('echo "$FLAVOUR"; echo "grüße €" >&2; printf end; exit 3', {
        environment: { FLAVOUR: 'it\'s "$HOME" \n%n' },
      }),
      (more) => lines.push(...more),
    );
    const output = 'it\'s "$HOME" \n%n\ngrüße €\nend';
    expect(outcome).toEqual({ status: 'exited', code: 3, output });
    expect(lines.join('\n')).toBe(output);
  });

  test('tells its output as it comes', async () => {
    const seen: string[] = [];
    const following = host.act(patient(), (lines) => seen.push(...lines));
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['begun']);
    await letGo();
    expect(await following).toMatchObject({ status: 'exited', code: 5, output: 'begun\nended\n' });
    expect(seen).toEqual(['begun', 'ended']);
  });

  test('its end is known within 300 ms, by one command', async () => {
    const following = host.act(act('sleep 1; date +%s%3N'));
    const outcome = await following;
    const latency = Date.now() - Number(outcome.output);
    expect(latency).toBeLessThan(300);
    expect(hosts.uses()).toMatchObject([{ connects: 1, commands: 1 }]);
  });

  test('asked for again it gives the recorded result and does nothing', async () => {
    const first = await host.act(act('echo once; exit 4'));
    const again = await host.act(act('echo twice; exit 0'));
    expect(first).toEqual({ status: 'exited', code: 4, output: 'once\n' });
    expect(again).toEqual(first);
    expect(await timesRun()).toBe(1);
  });

  test('asked for by many at once it runs once, and all get its result', async () => {
    const askers = Array.from({ length: 6 }, () => hostsOn(sshd));
    try {
      const outcomes = Promise.all(askers.map((asker) => asker.hostOf(lab, node).act(patient())));
      await begun();
      await letGo();
      for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'exited', code: 5 });
      expect(await timesRun()).toBe(1);
    } finally {
      for (const asker of askers) asker.close();
    }
  });

  test('goes on while the connection is cut, again and again, and loses no output', async () => {
    const seen: string[] = [];
    const following = host.act(patient(), (lines) => seen.push(...lines));
    await begun();
    for (let cut = 0; cut < 3; cut++) {
      const connects = hosts.uses()[0]?.connects ?? 0;
      sshd.cutConnections();
      await expect.poll(() => hosts.uses()[0]?.connects, { timeout: 10_000 }).toBe(connects + 1);
    }
    await letGo();
    expect(await following).toMatchObject({ status: 'exited', code: 5, output: 'begun\nended\n' });
    expect(seen).toEqual(['begun', 'ended']);
    expect(await timesRun()).toBe(1);
  });

  test('goes on while the machine is away, and is found when it is back', async () => {
    const following = host.act(patient());
    await begun();
    sshd.cutConnections();
    await sshd.stop();
    await letGo();
    await expect
      .poll(() =>
        stat(at(1, 'exit')).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await sshd.start();
    expect(await following).toMatchObject({ status: 'exited', code: 5 });
  });

  test('is a failure to try again when the machine cannot be reached at all', async () => {
    await sshd.stop();
    try {
      expect(await failureFrom(host.act(act('true')))).toMatchObject({
        code: 'ssh.unreachable',
        retry: 'transient',
      });
    } finally {
      await sshd.start();
    }
    expect(await timesRun()).toBe(0);
  });

  test('outlives a bot that is killed; the next bot finds it', async () => {
    const bot = spawn(process.execPath, [
      fileURLToPath(new URL('support/bot.ts', import.meta.url)),
      JSON.stringify({
        ssh: configOn(sshd),
        address: '127.0.0.1',
        stateDirectory: sshd.state,
        act: patient(),
      }),
    ]);
    const ended = new Promise((resolve) => bot.once('exit', resolve));
    await begun();
    bot.kill('SIGKILL');
    await ended;
    const following = host.act(patient());
    await letGo();
    expect(await following).toMatchObject({ status: 'exited', code: 5, output: 'begun\nended\n' });
    expect(await timesRun()).toBe(1);
  });

  test('is still running when the wait is over, and the next attempt attaches to it', async () => {
    const first = await host.act(patient({ waitSeconds: 1 }));
    expect(first).toEqual({ status: 'still-running', afterSeconds: 1, output: 'begun\n' });
    const second = host.act(patient({ attempt: 2 }));
    const other = host.act(patient({ attempt: 3 }));
    await expect
      .poll(() =>
        stat(at(3, 'started')).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await letGo();
    const ended = { status: 'exited', code: 5, output: 'begun\nended\n' };
    expect(await Promise.all([second, other])).toEqual([ended, ended]);
    // They are one from then on, also for who asks later.
    expect(await host.act(patient({ attempt: 2 }))).toEqual(ended);
    expect(await timesRun()).toBe(1);
  });

  test('a new attempt runs anew when the earlier one has ended', async () => {
    await host.act(act('exit 1'));
    expect(await host.act(act('exit 0', { attempt: 2 }))).toMatchObject({ status: 'exited', code: 0 });
    expect(await timesRun()).toBe(2);
  });

  test('is unknown when its unit is gone without a record', async () => {
    const following = host.act(patient());
    await begun();
    const pid = await readFile(join(sshd.directory, 'units', `k8s-upgrade-bot-${base()}-1.service`), 'utf8');
    process.kill(-Number(pid), 'SIGKILL');
    const outcome = await following;
    expect(outcome).toMatchObject({ status: 'unknown', output: 'begun\n' });
    // A second look at the same attempt must not run it again; a new attempt may.
    expect(await host.act(patient())).toMatchObject({ status: 'unknown' });
    expect(await timesRun()).toBe(1);
    await letGo();
    expect(await host.act(patient({ attempt: 2 }))).toMatchObject({ status: 'exited', code: 5 });
  });

  test('is unknown with the restart as the reason when the machine has booted since', async () => {
    const following = host.act(patient());
    await begun();
    await writeFile(at(1, 'started/boot'), 'another boot\n');
    const pid = await readFile(join(sshd.directory, 'units', `k8s-upgrade-bot-${base()}-1.service`), 'utf8');
    process.kill(-Number(pid), 'SIGKILL');
    const outcome = await following;
    expect(outcome.status === 'unknown' && outcome.reason).toContain('restarted');
  });

  test('an earlier attempt that never began will never begin once a later one does', async () => {
    // A start that was cut between the directory and systemd-run: its unit may still come at any moment.
    await mkdir(at(1, ''), { recursive: true });
    await writeFile(at(1, 'command'), commandFile(act('true')));
    expect(await host.act(act('true', { attempt: 2 }))).toMatchObject({ status: 'exited', code: 0 });
    await runScript(at(1, 'command'));
    expect(await timesRun()).toBe(1);
  });

  test('a start that was cut anywhere is made good by asking again', async () => {
    // The script of the start, ended after each of its first commands.
    const steps = startAndFollow.split('\n').length;
    for (const commands of [1, 3, 5, 8, 12, 16, 20]) {
      const cut = { ...act('true'), base: `${base()}-${commands}` };
      const dies = `trap 'n=$((n_ + 1)); n_=$n; [ "$n" -le ${commands} ] || exit 9' DEBUG\n${startAndFollow}`;
      const args = [sshd.state, cut.base, '1', '0', '0', commandFile(cut)];
      await host.read(['bash', '-c', dies, 'k8s-upgrade-bot', ...args]);
      expect(await host.act(cut)).toMatchObject({ status: 'exited', code: 0 });
    }
    expect(steps).toBeGreaterThan(20);
    expect(await timesRun()).toBe(7);
  });

  test('a systemd that does not start it, or does not answer, is a failure to try again', async () => {
    const flag = (name: string) => join(sshd.directory, 'units', name);
    for (const name of ['refuse', 'dumb']) {
      await writeFile(flag(name), '');
      const failure = await failureFrom(host.act(act('true')));
      expect(failure).toMatchObject({ code: 'command.failed', retry: 'transient' });
      await rm(flag(name));
    }
    expect(await timesRun()).toBe(0);
    expect(await host.act(act('true'))).toMatchObject({ status: 'exited', code: 0 });
  });

  test('sudo that refuses is a failure that names the rule', async () => {
    await writeFile(join(sshd.directory, 'units', 'sudo-says'), 'sudo: a password is required\n');
    try {
      expect(await failureFrom(host.act(act('true')))).toMatchObject({ code: 'sudo.refused' });
    } finally {
      await rm(join(sshd.directory, 'units', 'sudo-says'));
    }
  });

  test('a very long output is bounded on its way, its end is whole', async () => {
    const outcome = await host.act(act('yes "zeile ü" | head -n 400000; echo last'));
    expect(outcome.status).toBe('exited');
    expect(Buffer.byteLength(outcome.output)).toBeLessThan(66_000);
    expect(outcome.output).toMatch(/^\[earlier output left out\]\n/);
    expect(outcome.output).toMatch(/zeile ü\nlast\n$/);
  });

  test('secrets in its output are masked', async () => {
    const lines: string[] = [];
    const outcome = await host.act(act('echo "--token abcdef.0123456789abcdef"'), (more) =>
      lines.push(...more),
    );
    expect(outcome.output).toBe('--token [masked]\n');
    expect(lines).toEqual(['--token [masked]']);
  });

  test('a listener that throws is heard of, and the act goes on', async () => {
    const following = host.act(act('echo hi'), () => {
      throw new Error('listener');
    });
    await expect(following).rejects.toThrow('listener');
    expect(await host.act(act('echo hi'))).toMatchObject({ status: 'exited', code: 0 });
    expect(await timesRun()).toBe(1);
  });

  test('is stopped on the word of a person, who is then named', async () => {
    const following = host.act(patient());
    await begun();
    expect(await hosts.stopAct(lab, node, patient(), { signal: 'stop', by: '@dana' })).toBe(true);
    const outcome = await following;
    expect(outcome.status === 'unknown' && outcome.reason).toContain('@dana');
    expect(await hosts.stopAct(lab, node, patient(), { signal: 'kill', by: '@dana' })).toBe(false);
  });

  test('what a run left is removed, except what still runs and what is of others', async () => {
    const run = 'abc234' as RunId;
    await host.act({ ...act('true'), base: `${run}-cp-1.a` });
    await host.act({ ...act('true'), base: `${run}5-cp-1.a` });
    const following = host.act({ ...patient(), base: `${run}-cp-1.b` });
    await expect.poll(timesRun).toBe(3);
    expect(await hosts.forgetRun(lab, node, run)).toEqual([`${run}-cp-1.b`]);
    await letGo();
    await following;
    expect(await hosts.forgetRun(lab, node, run)).toEqual([]);
    const left = await host.read(['ls', sshd.state]);
    expect(left.stdout).toContain(`${run}5-cp-1.a`);
    expect(left.stdout).not.toContain(`${run}-cp-1`);
  });

  test.each(['..', '.', 'a/b', '-a', 'a b', "a'b", 'ä', '', 'x'.repeat(201)])(
    'the base "%s" is refused',
    async (odd) => {
      await expect(host.act({ ...act('true'), base: odd })).rejects.toThrow();
      expect(hosts.uses()[0]?.commands ?? 0).toBe(0);
    },
  );

  const runScript = async (path: string) => {
    await appendFile(path, '');
    await host.read(['sh', path]);
  };
});
