import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import { act, readOutput } from '../../../src/adapters/ssh/act.ts';
import type { OpenChannel } from '../../../src/adapters/ssh/channel-end.ts';
import type { Connection } from '../../../src/adapters/ssh/connection.ts';
import { download, writeFile as replace } from '../../../src/adapters/ssh/files.ts';
import type { KeptConnection } from '../../../src/adapters/ssh/kept-connection.ts';
import { type Machine, read } from '../../../src/adapters/ssh/machine.ts';
import { checkSudo, forgetRun, stopAct } from '../../../src/adapters/ssh/upkeep.ts';
import { upload } from '../../../src/adapters/ssh/upload.ts';
import { NodeName, RunId } from '../../../src/domain/names.ts';

/** A machine that writes down each line for its login shell, and says that it ended with that code. */
function listener(code = 0) {
  const lines: string[] = [];
  const withChannel: Connection['withChannel'] = async (line, work) => {
    lines.push(line);
    const channel = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
    const stderr = new PassThrough();
    channel.push(`${/^echo '(.+?)';/.exec(line)?.[1]}\n`);
    channel.push(null);
    stderr.end('act:exited:0\n');
    const end = new Promise((resolve) => stderr.once('end', () => resolve({ kind: 'exited', code })));
    return work({ channel: Object.assign(channel, { stderr }), end } as unknown as OpenChannel);
  };
  const connection: Pick<KeptConnection, 'use'> = { use: (work) => work({ withChannel } as Connection) };
  const machine: Machine = {
    node: NodeName.parse('cp-1'),
    user: 'upgrader',
    clock: systemClock,
    connection: connection as KeptConnection,
    stopping: new AbortController().signal,
    place: () => ({ name: 'cp-1', host: '10.0.0.1', port: 22 }),
    count: () => undefined,
  };
  return { machine, lines };
}

test('every line that a login shell is given, around the commands of the other files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'k8s-upgrade-bot-lines-'));
  const local = join(directory, 'file');
  await writeFile(local, 'content\n');
  const state = '/var/lib/k8s-upgrade-bot';
  const which = { base: 'abc234:v1.34.9:cp-1:upgrade', attempt: 2 };
  const argv = ['kubeadm', 'upgrade', 'node', "--patches=/it's here\\"] as const;
  const sent: [string, (machine: Machine) => Promise<unknown>, number?][] = [
    ['a short command', (machine) => read(machine, argv, { timeoutSeconds: 30 })],
    ['what sudo allows', checkSudo],
    [
      'an act: begun or found, and followed',
      (machine) =>
        act(machine, state, { ...which, argv, environment: { LC_ALL: 'C.UTF-8' }, waitSeconds: 60 }),
    ],
    ['what an act has printed', (machine) => readOutput(machine, state, which, 4_096, () => undefined)],
    ['an act is stopped', (machine) => stopAct(machine, state, which, { signal: 'stop', by: '@dana' })],
    ["a run's leftovers are removed", (machine) => forgetRun(machine, state, RunId.parse('abc234'))],
    ['a file is replaced', (machine) => replace(machine, '/etc/apt/sources.list.d/k.list', 'deb\n', '0644')],
    ['a file is fetched', (machine) => download(machine, '/root/a file', `${local}.fetched`)],
    ['a file is sent', (machine) => upload(machine, local, '/root/restore.db', '0600'), 1],
  ];
  const told: string[] = [];
  for (const [title, send, code] of sent) {
    const { machine, lines } = listener(code);
    // What becomes of the answers is tried elsewhere.
    await send(machine).catch(() => undefined);
    const indented = lines.map((line) => line.replace(/^/gm, '    '));
    told.push([title, ...indented].join('\n'));
  }
  await rm(directory, { recursive: true });
  await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('golden/lines.txt');
});
