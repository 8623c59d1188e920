import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import { commandFile, startAndFollow } from '../../../src/adapters/ssh/act-scripts.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Reach } from '../../../src/ports/remote-host.ts';
import { eventually } from '../../support/eventually.ts';
import { sceneOn } from './support/acts.ts';
import { failureFrom } from './support/failure.ts';
import { configOn, hostsOn, lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

const tenTimesFaster: Clock = {
  now: () => systemClock.now(),
  elapsed: () => systemClock.elapsed() * 10,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
};

describe.skipIf(!hasSshd)('a long act that is interrupted, asked for twice or lost', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.dispose());

  test.concurrent('asked for by many at once it runs once, and all get its result', async () => {
    using scene = sceneOn(sshd);
    const askers = Array.from({ length: 6 }, () => hostsOn(sshd));
    try {
      const outcomes = Promise.all(askers.map((asker) => asker.hostOf(lab, node).act(scene.patient())));
      await scene.begun();
      await scene.letGo();
      for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'exited', code: 5 });
      expect(await scene.timesRun()).toBe(1);
    } finally {
      for (const asker of askers) asker.close();
    }
  });

  test.concurrent('goes on while the connection is cut, again and again, and loses no output', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    const seen: string[] = [];
    const following = scene.host.act(scene.patient(), (lines) => seen.push(...lines));
    await eventually(() => seen.length > 0, 'output comes');
    for (let cut = 0; cut < 3; cut++) {
      const connects = scene.hosts.uses()[0]?.connects ?? 0;
      sshd.cutConnections();
      await eventually(() => scene.hosts.uses()[0]?.connects === connects + 1, 'it connects again');
    }
    await scene.letGo();
    expect(await following).toMatchObject({ status: 'exited', code: 5, output: 'begun\nended\n' });
    expect(seen).toEqual(['begun', 'ended']);
    expect(await scene.timesRun()).toBe(1);
  });

  test.concurrent('goes on while the machine is away, and is found when it is back', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    const following = scene.host.act(scene.patient());
    await scene.begun();
    sshd.cutConnections();
    await sshd.stop();
    await scene.letGo();
    await eventually(() => there(scene.at(1, 'exit')));
    await sshd.start();
    expect(await following).toMatchObject({ status: 'exited', code: 5 });
  });

  test.concurrent('tells once that the machine is away for long, and that it is back', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    const hosts = hostsOn(sshd, { clock: tenTimesFaster });
    const told: Reach[] = [];
    const act = scene.patient({ waitSeconds: 300 });
    const following = hosts.hostOf(lab, node).act(act, undefined, (reach) => told.push(reach));
    await scene.begun();
    sshd.cutConnections();
    await sshd.stop();
    await eventually(() => told.length > 0, 'it is told to be away');
    await sshd.start();
    await scene.letGo();
    expect(await following).toMatchObject({ status: 'exited', code: 5 });
    hosts.close();
    expect(told.map(({ status }) => status)).toEqual(['away', 'back']);
    expect(told[0]?.seconds).toBeGreaterThanOrEqual(15);
    expect(told[1]?.seconds).toBeGreaterThanOrEqual(told[0]?.seconds ?? 0);
  });

  test.concurrent('says nothing of a connection that is back at once', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    const told: Reach[] = [];
    const following = scene.host.act(scene.patient(), undefined, (reach) => told.push(reach));
    await scene.begun();
    sshd.cutConnections();
    await eventually(() => scene.hosts.uses()[0]?.connects === 2, 'it connects again');
    await scene.letGo();
    await following;
    expect(told).toEqual([]);
  });

  test.concurrent('is not begun beside one that an aborted run has left running, but after it', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    const left = scene.host.act(scene.patient({ base: 'abc234:cp-1:upgrade' }));
    await scene.begun();
    const next = scene.act('true', { base: 'def567:cp-1:upgrade' });
    expect(await failureFrom(scene.host.act(next))).toMatchObject({
      code: 'command.still-running',
      retry: 'transient',
      facts: { act: 'abc234:cp-1:upgrade' },
    });
    expect(await scene.timesRun()).toBe(1);
    await scene.letGo();
    await left;
    expect(await scene.host.act(next)).toMatchObject({ status: 'exited', code: 0 });
  });

  test.concurrent('is a failure to try again when the machine cannot be reached at all', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    await sshd.stop();
    try {
      expect(await failureFrom(scene.host.act(scene.act('true')))).toMatchObject({
        code: 'ssh.unreachable',
        retry: 'transient',
      });
    } finally {
      await sshd.start();
    }
    expect(await scene.timesRun()).toBe(0);
  });

  test.concurrent('outlives a bot that is killed; the next bot finds it', async () => {
    using scene = sceneOn(sshd);
    const bot = spawn(process.execPath, [
      fileURLToPath(new URL('support/bot.ts', import.meta.url)),
      JSON.stringify({
        ssh: configOn(sshd),
        address: '127.0.0.1',
        stateDirectory: sshd.state,
        act: scene.patient(),
      }),
    ]);
    const ended = new Promise((resolve) => bot.once('exit', resolve));
    await scene.begun();
    bot.kill('SIGKILL');
    await ended;
    const following = scene.host.act(scene.patient());
    await scene.letGo();
    expect(await following).toMatchObject({ status: 'exited', code: 5, output: 'begun\nended\n' });
    expect(await scene.timesRun()).toBe(1);
  });

  test.concurrent('is still running when the wait is over, and the next attempt attaches to it', async () => {
    using scene = sceneOn(sshd);
    const first = await scene.host.act(scene.patient({ waitSeconds: 1 }));
    expect(first).toEqual({ status: 'still-running', afterSeconds: 1, output: 'begun\n' });
    const second = scene.host.act(scene.patient({ attempt: 2 }));
    const other = scene.host.act(scene.patient({ attempt: 3 }));
    for (const attempt of [2, 3]) await eventually(() => there(scene.at(attempt, 'started')));
    await scene.letGo();
    const ended = { status: 'exited', code: 5, output: 'begun\nended\n' };
    expect(await Promise.all([second, other])).toEqual([ended, ended]);
    // They are one from then on, also for who asks later.
    expect(await scene.host.act(scene.patient({ attempt: 2 }))).toEqual(ended);
    expect(await scene.timesRun()).toBe(1);
  });

  test.concurrent.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ])('is waited for as long as was said, although the time of day is set %s meanwhile', async (_, byMs) => {
    using scene = sceneOn(sshd);
    const setAt = systemClock.elapsed() + 300;
    const now = () => systemClock.now() + (systemClock.elapsed() >= setAt ? byMs : 0);
    const hosts = hostsOn(sshd, { clock: { ...systemClock, now } });
    try {
      const began = systemClock.elapsed();
      const outcome = await hosts.hostOf(lab, node).act(scene.patient({ waitSeconds: 2 }));
      expect(outcome).toMatchObject({ status: 'still-running' });
      expect(systemClock.elapsed() - began).toBeGreaterThanOrEqual(2_000);
    } finally {
      hosts.close();
      await scene.letGo();
    }
  });

  test.concurrent('a new attempt runs anew when the earlier one has ended', async () => {
    using scene = sceneOn(sshd);
    await scene.host.act(scene.act('exit 1'));
    expect(await scene.host.act(scene.act('exit 0', { attempt: 2 }))).toMatchObject({
      status: 'exited',
      code: 0,
    });
    expect(await scene.timesRun()).toBe(2);
  });

  test.concurrent('is unknown when its unit is gone without a record', async () => {
    using scene = sceneOn(sshd);
    const following = scene.host.act(scene.patient());
    await scene.begun();
    const pid = await readFile(
      join(sshd.directory, 'units', `k8s-upgrade-bot-${scene.base()}-1.service`),
      'utf8',
    );
    process.kill(-Number(pid), 'SIGKILL');
    const outcome = await following;
    expect(outcome).toMatchObject({ status: 'unknown', output: 'begun\n' });
    // A second look at the same attempt must not run it again; a new attempt may.
    expect(await scene.host.act(scene.patient())).toMatchObject({ status: 'unknown' });
    expect(await scene.timesRun()).toBe(1);
    await scene.letGo();
    expect(await scene.host.act(scene.patient({ attempt: 2 }))).toMatchObject({ status: 'exited', code: 5 });
  });

  test.concurrent('is unknown with the restart as the reason when the machine has booted since', async () => {
    using scene = sceneOn(sshd);
    const following = scene.host.act(scene.patient());
    await scene.begun();
    await writeFile(scene.at(1, 'started/boot'), 'another boot\n');
    const pid = await readFile(
      join(sshd.directory, 'units', `k8s-upgrade-bot-${scene.base()}-1.service`),
      'utf8',
    );
    process.kill(-Number(pid), 'SIGKILL');
    const outcome = await following;
    expect(outcome.status === 'unknown' && outcome.reason).toContain('restarted');
  });

  test.concurrent('is unknown with the shutdown as the reason when systemd ends it to go down', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    const following = scene.host.act(scene.patient());
    await scene.begun();
    const units = join(sshd.directory, 'units');
    await writeFile(join(units, 'stopping'), '');
    process.kill(
      -Number(await readFile(join(units, `k8s-upgrade-bot-${scene.base()}-1.service`), 'utf8')),
      'SIGKILL',
    );
    const outcome = await following;
    expect(outcome.status === 'unknown' && outcome.reason).toContain('shut down or restarted');
  });

  test.concurrent('an earlier attempt that never began will never begin once a later one does', async () => {
    using scene = sceneOn(sshd);
    // A start that was cut between the directory and systemd-run: its unit may still come at any moment.
    await mkdir(scene.at(1, ''), { recursive: true });
    await writeFile(scene.at(1, 'command'), commandFile(scene.act('true')));
    expect(await scene.host.act(scene.act('true', { attempt: 2 }))).toMatchObject({
      status: 'exited',
      code: 0,
    });
    await scene.runScript(scene.at(1, 'command'));
    expect(await scene.timesRun()).toBe(1);
  });

  test.concurrent('a start that was cut anywhere is made good by asking again', async () => {
    using scene = sceneOn(sshd);
    // The script of the start, ended after its first 2, 4 … commands: from the directories to systemd-run.
    const cuts = Array.from({ length: 12 }, (_, index) => 2 * index + 2);
    for (const commands of cuts) {
      const cut = { ...scene.act('true'), base: `${scene.base()}-${commands}` };
      const dies = `trap 'cut_=$((cut_ + 1)); [ "$cut_" -le ${commands} ] || exit 9' DEBUG\n${startAndFollow}`;
      const args = [sshd.state, cut.base, '1', '0', '0', commandFile(cut)];
      await scene.host.read(['bash', '-c', dies, 'k8s-upgrade-bot', ...args]);
      expect(await scene.host.act(cut)).toMatchObject({ status: 'exited', code: 0 });
    }
    expect(await scene.timesRun()).toBe(cuts.length);
  });

  test.concurrent('two starts in the same moment never have a command run that is half written', async () => {
    using scene = sceneOn(sshd);
    const given = scene.act('true');
    const args = [sshd.state, given.base, '1', '0', '50', commandFile(given)];
    /** A start that stands still where `program` is called with these arguments, until it is let go. */
    const heldAt = async (name: string, program: string, when: string) => {
      const at = join(sshd.directory, `${given.base}-${name}`);
      const hold = `${program}() { if ${when}; then : >${at}; until [ -e ${at}.go ]; do sleep 0.05; done; fi; command ${program} "$@"; }`;
      const ended = scene.host.read(['sh', '-c', `${hold}\n${startAndFollow}`, 'k8s-upgrade-bot', ...args]);
      await eventually(() => there(at), `${name} stands still`);
      return { letGo: () => writeFile(`${at}.go`, ''), ended };
    };
    // The first has written what is to run and is about to name it; the second has just begun to write.
    const first = await heldAt('first', 'sync', '[ -e "$1" ] && [ ! -e "$d/command" ]');
    const second = await heldAt('second', 'cat', '[ "$#" -eq 0 ]');
    await first.letGo();
    expect(await first.ended).toMatchObject({ stderr: expect.stringContaining('act:exited:0') });
    await second.letGo();
    expect(await second.ended).toMatchObject({ stderr: expect.stringContaining('act:exited:0') });
    expect(await scene.timesRun()).toBe(1);
  });

  test.concurrent('a systemd that does not start it, or does not answer, is a failure to try again', async () => {
    await using sshd = await startSshd();
    using scene = sceneOn(sshd);
    const flag = (name: string) => join(sshd.directory, 'units', name);
    for (const name of ['refuse', 'dumb']) {
      await writeFile(flag(name), '');
      const failure = await failureFrom(scene.host.act(scene.act('true')));
      expect(failure).toMatchObject({ code: 'command.failed', retry: 'transient' });
      await rm(flag(name));
    }
    expect(await scene.timesRun()).toBe(0);
    expect(await scene.host.act(scene.act('true'))).toMatchObject({ status: 'exited', code: 0 });
  });

  test.concurrent('is stopped on the word of a person, who is then named', async () => {
    using scene = sceneOn(sshd);
    const following = scene.host.act(scene.patient());
    await scene.begun();
    expect(await scene.hosts.stopAct(lab, node, scene.patient(), { signal: 'stop', by: '@dana' })).toBe(true);
    const outcome = await following;
    expect(outcome.status === 'unknown' && outcome.reason).toContain('@dana');
    expect(await scene.hosts.stopAct(lab, node, scene.patient(), { signal: 'kill', by: '@dana' })).toBe(
      false,
    );
  });
});

const there = (path: string) =>
  stat(path).then(
    () => true,
    () => undefined,
  );
