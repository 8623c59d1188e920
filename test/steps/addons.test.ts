import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { attempt } from '../support/attempts.ts';
import { type StepWorld, stepOf, stepWorld } from '../support/step-world.ts';

/** The machine's programs that an add-on calls, with what they answer; every call is noted. */
async function addonWorld() {
  const world = await stepWorld();
  const calls: string[] = [];
  const exits = { upgrade: 0, status: 0 };
  const { node } = world;
  node.state.override = (program, args) => {
    if (program !== 'kubectl') return undefined;
    const line = args.join(' ');
    calls.push(line);
    const exitCode = /^(apply|upgrade)/.test(line) ? exits.upgrade : exits.status;
    return { exitCode, stderr: exitCode === 0 ? '' : 'it does not like it\n' };
  };
  return { ...world, calls, exits, handler: world.handlers['run-addon'] };
}

const step = stepOf('run-addon', {
  action: { kind: 'command', command: ['kubectl', 'upgrade', 'v1.34.9'] },
  verify: ['kubectl', 'rollout', 'status'],
});

describe('a command', () => {
  test('runs, is verified, and is not run again', async () => {
    const { handler, calls, context } = await addonWorld();
    expect(await attempt(handler, step, context())).toMatchObject({
      status: 'succeeded',
      alreadyDone: false,
    });
    expect(calls).toEqual(['upgrade v1.34.9', 'rollout status']);
    expect(await attempt(handler, step, context(2))).toMatchObject({ alreadyDone: true });
    expect(calls.filter((line) => line.startsWith('upgrade'))).toHaveLength(1);
  });

  test('whose verification passes beforehand runs all the same: it may pass for what was there', async () => {
    const { handler, context } = await addonWorld();
    expect(await handler.observe(step, context())).toEqual({ status: 'to-do' });
  });

  test('that fails is told with its words, and a retry runs it again', async () => {
    const { handler, calls, exits, context } = await addonWorld();
    exits.upgrade = 3;
    expect(await attempt(handler, step, context())).toMatchObject({
      failure: { code: 'addons.command-failed', retry: 'halt', lastWords: ['it does not like it'] },
    });
    exits.upgrade = 0;
    expect(await attempt(handler, step, context(2))).toMatchObject({ status: 'succeeded' });
    expect(calls.filter((line) => line.startsWith('upgrade'))).toHaveLength(2);
  });

  test('that is not verified in time is not repeated; a retry only asks again', async () => {
    const { handler, calls, exits, context } = await addonWorld();
    exits.status = 1;
    expect(await attempt(handler, step, context())).toMatchObject({
      failure: { code: 'addons.not-verified', lastWords: ['it does not like it'] },
    });
    exits.status = 0;
    expect(await attempt(handler, step, context(2))).toMatchObject({ status: 'succeeded' });
    expect(calls.filter((line) => line.startsWith('upgrade'))).toHaveLength(1);
  });

  test('that still runs can be waited for', async () => {
    const { handler, node, context } = await addonWorld();
    node.outcomeOfNextAct = { status: 'still-running', afterSeconds: 60, output: 'rolling out\n' };
    expect(await attempt(handler, step, context())).toMatchObject({
      failure: { code: 'command.still-running', act: { node: 'cp-1', attempt: 1 } },
    });
  });
});

describe('a manifest', () => {
  const path = '/etc/bot/cni.yaml';
  const text = 'kind: DaemonSet\n';
  const sha256 = createHash('sha256').update(text).digest('hex');
  const applied = stepOf('run-addon', {
    action: { kind: 'manifest', path, sha256, serverSide: true },
    verify: ['kubectl', 'rollout', 'status'],
  });
  const sent = ({ node }: Pick<StepWorld, 'node'>) =>
    node.files.getAllPaths().filter((one) => one.endsWith('.yaml') && one.includes('.outbox/'));

  test('is brought to the control plane and applied', async () => {
    const world = await addonWorld();
    world.localFiles.set(path, text);
    expect(await attempt(world.handler, applied, world.context())).toMatchObject({ status: 'succeeded' });
    const [file = ''] = sent(world);
    expect(await world.node.files.readFile(file)).toBe(text);
    expect(world.calls[0]).toBe(`apply --server-side --force-conflicts -f ${file}`);
  });

  test.each([
    ['changed', 'kind: Secret\n'],
    ['gone', undefined],
  ])('that is %s since it was approved is not applied', async (_what, now) => {
    const world = await addonWorld();
    if (now !== undefined) world.localFiles.set(path, now);
    expect(await attempt(world.handler, applied, world.context())).toMatchObject({
      failure: { code: 'addons.manifest-changed', retry: 'halt' },
    });
    expect(world.calls).toEqual([]);
    expect(sent(world)).toEqual([]);
  });
});

describe('an external etcd', () => {
  const backup = stepOf('back-up-external-etcd', { command: ['cp', '/snapshot', '{target}'] });
  const database = Buffer.alloc(1_024, 'e');
  const whole = Buffer.concat([database, createHash('sha256').update(database).digest()]);

  test('is saved by the configured command, fetched and recorded, and gone from the node', async () => {
    const { handlers, node, context, recorded } = await stepWorld();
    await node.files.writeFile('/snapshot', whole);
    expect(await attempt(handlers['back-up-external-etcd'], backup, context())).toMatchObject({
      status: 'succeeded',
    });
    expect(recorded).toMatchObject([
      { kind: 'etcd-snapshot', sha256: createHash('sha256').update(whole).digest('hex') },
    ]);
    expect(node.files.getAllPaths().filter((one) => one.includes('.outbox/etcd'))).toEqual([]);
  });

  test('what is no snapshot is no backup', async () => {
    const { handlers, node, context, recorded } = await stepWorld();
    await node.files.writeFile('/snapshot', 'something else');
    expect(await attempt(handlers['back-up-external-etcd'], backup, context())).toMatchObject({
      failure: { code: 'backup.failed' },
    });
    expect(recorded).toEqual([]);
  });

  test('a command that writes nothing is no backup, whatever it says', async () => {
    const { handlers, context } = await stepWorld();
    const silent = stepOf('back-up-external-etcd', { command: ['true', '{target}'] });
    expect(await attempt(handlers['back-up-external-etcd'], silent, context())).toMatchObject({
      failure: { code: 'backup.failed', facts: { exit: '66' } },
    });
  });
});
