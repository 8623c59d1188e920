import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attempt } from '../../support/attempts.ts';
import { saved, upgraded } from '../../support/saved-files.ts';
import { cp1, type StepWorld, stepOf, stepWorld } from '../../support/step-world.ts';

const data = '/var/lib/etcd';
const manifest = '/etc/kubernetes/manifests/etcd.yaml';
const members = ['cp-1', 'cp-2', 'cp-3'].map((name, index) => ({
  name,
  peerUrl: `https://10.0.0.1${index}:2380`,
}));

async function stopped() {
  const world = await stepWorld();
  await world.node.files.rm(manifest);
  const backup = await saved(world, 'etcd.db', 'snapshot');
  const step = stepOf('restore-etcd', { backup, members });
  return { world, backup, step, handler: world.handlers['restore-etcd'] };
}

describe('restore-etcd', () => {
  test('restores beside the old data, then sets that aside and takes its place', async () => {
    const { world, step, handler } = await stopped();
    world.kubernetes.unavailable = () => true;
    const { files, journal } = world.node;
    const tried = await attempt(handler, step, world.context());
    expect(tried).toMatchObject({ status: 'succeeded', facts: { data } });
    expect(await files.readFile(`${data}/member/snap/db`)).toBe('snapshot');
    const { 'old data': aside = '' } = (tried as { facts: Record<string, string> }).facts;
    expect(aside).toMatch(/^\/var\/lib\/etcd-abc234-/);
    expect(await files.readFile(`${aside}/member/snap/db`)).toBe('db');
    expect(await files.readdir(data)).toEqual(['member']);
    expect(journal).toEqual([
      'etcdutl snapshot restore --data-dir --name cp-1 --initial-cluster cp-1=https://10.0.0.10:2380,cp-2=https://10.0.0.11:2380,cp-3=https://10.0.0.12:2380 --initial-cluster-token back-abc234 --initial-advertise-peer-urls https://10.0.0.10:2380 --bump-revision 1000000000 --mark-compacted',
    ]);
  });

  test('data that it has restored is left alone, also after etcd has started on it', async () => {
    const { world, step, handler } = await stopped();
    await attempt(handler, step, world.context());
    await world.node.files.writeFile(`${data}/member/snap/db`, 'written since');
    await world.node.files.writeFile(manifest, 'image: x');
    expect(await handler.observe(step, world.context())).toMatchObject({ status: 'done' });
    await handler.act(step, world.context(2));
    expect(await world.node.files.readFile(`${data}/member/snap/db`)).toBe('written since');
  });

  test('what was restored by half is thrown away, the old data is not touched before the new is whole', async () => {
    const { world, step, handler } = await stopped();
    const { files, state } = world.node;
    await files.writeFile(`${data}/.restoring-back-abc234/member/snap/db`, 'half');
    state.override = (program, args) =>
      program === 'etcdutl' && args.includes('--data-dir')
        ? { stderr: 'no space left on device', exitCode: 1 }
        : undefined;
    expect(await attempt(handler, step, world.context())).toMatchObject({
      failure: { code: 'node.disk-full' },
    });
    expect(await files.readFile(`${data}/member/snap/db`)).toBe('db');
    state.override = () => undefined;
    expect(await attempt(handler, step, world.context(2))).toMatchObject({ status: 'succeeded' });
    expect(await files.readFile(`${data}/member/snap/db`)).toBe('snapshot');
  });

  test('an etcd that is not stopped is not pulled its data from under', async () => {
    const world = await stepWorld();
    const step = stepOf('restore-etcd', { backup: await saved(world, 'etcd.db', 'snapshot'), members });
    const tried = await attempt(world.handlers['restore-etcd'], step, world.context());
    expect(tried).toMatchObject({ failure: { code: 'etcd.restore-failed' } });
    expect(world.node.journal).toEqual([]);
  });

  test('a snapshot that is not what was sealed stays where it is', async () => {
    const { world, backup, step, handler } = await stopped();
    await writeFile(backup.path, 'another');
    expect(await attempt(handler, step, world.context())).toMatchObject({
      failure: { code: 'backup.corrupt' },
    });
    expect(world.node.journal).toEqual([]);
  });

  test('a snapshot that is gone, or changes on its way, is not restored', async () => {
    const { world, backup, step, handler } = await stopped();
    const gone = stepOf('restore-etcd', {
      ...step.input,
      backup: { ...backup, path: `${backup.path}.gone` },
    });
    expect(await attempt(handler, gone, world.context())).toMatchObject({
      failure: { code: 'backup.corrupt', message: expect.stringContaining('is not there any more') },
    });
    const upload = world.node.host.upload.bind(world.node.host);
    world.node.host.upload = async (...given) => ({ ...(await upload(...given)), sha256: 'f'.repeat(64) });
    expect(await attempt(handler, step, world.context(2))).toMatchObject({
      failure: { code: 'backup.corrupt', message: expect.stringContaining('on its way') },
    });
    expect(world.node.journal).toEqual([]);
    expect(await world.node.files.readFile(`${data}/member/snap/db`)).toBe('db');
  });

  test('an etcdutl that says it is through and leaves other data is not believed', async () => {
    const { world, step, handler } = await stopped();
    const act = world.node.host.act.bind(world.node.host);
    world.node.host.act = async (given, ...rest) => {
      const outcome = await act(given, ...rest);
      await world.node.files.rm(`${data}/member/snap/db`);
      return outcome;
    };
    expect(await attempt(handler, step, world.context())).toMatchObject({
      failure: { code: 'etcd.restore-failed' },
    });
  });

  test('an etcdutl of another minor, or none, is said so', async () => {
    const { world, step, handler } = await stopped();
    world.node.state.etcdutl = '3.6.5';
    const tried = await attempt(handler, step, world.context());
    expect(tried).toMatchObject({ failure: { code: 'etcd.tool-missing' } });
    expect((tried as { failure: Error }).failure.message).toContain('etcdutl 3.6.5');
  });

  test("the configuration's own etcdutl is sent where there is none of the minor", async () => {
    const { world, step, handler } = await stopped();
    world.node.state.etcdutl = '';
    const local = join(world.backupDirectory, 'etcdutl-3.5');
    await writeFile(
      local,
      'case $1 in version) echo "etcdutl version: 3.5.30";; *) case "$*" in *--help*) echo --bump-revision;; *) mkdir -p "$5/member/snap"; echo new >"$5/member/snap/db";; esac;; esac\n',
    );
    const policy = { etcd: { etcdutl: { files: { '3.5': local } } } };
    expect(await attempt(handler, step, world.context(1, policy))).toMatchObject({ status: 'succeeded' });
    expect(await world.node.files.readFile(`${data}/member/snap/db`)).toBe('new\n');
  });
});

describe('enable-etcd-downgrade', () => {
  const step = stepOf('enable-etcd-downgrade');

  test('is enabled once, and waited for until every member keeps its data so', async () => {
    const world = await stepWorld();
    await upgraded(world);
    const handler = world.handlers['enable-etcd-downgrade'];
    expect(await attempt(handler, step, world.context())).toMatchObject({
      alreadyDone: false,
      facts: { storage: '3.5, 3 of 3 members' },
    });
    expect(world.node.journal).toEqual(['downgrade 3.5']);
    await handler.act(step, world.context(2));
    expect(world.node.journal).toEqual(['downgrade 3.5']);
  });

  test('a member that is of the older minor already does not tell its format, and needs not', async () => {
    const world = await stepWorld();
    await upgraded(world);
    for (const member of world.node.state.etcd.members) {
      member.version = '3.5.24';
      delete member.storage;
    }
    expect(await world.handlers['enable-etcd-downgrade'].observe(step, world.context())).toMatchObject({
      status: 'done',
    });
  });

  test('one that was enabled by a call whose answer was lost is not taken for refused', async () => {
    const world = await stepWorld();
    await upgraded(world);
    const { state } = world.node;
    state.override = (program, args) => {
      if (program !== 'crictl' || !args.includes('enable')) return undefined;
      state.etcd.downgrade = { to: '3.5', from: world.clock.now() };
      return { stderr: 'Error: etcdserver: cluster has an ongoing downgrade job', exitCode: 1 };
    };
    expect(await attempt(world.handlers['enable-etcd-downgrade'], step, world.context())).toMatchObject({
      status: 'succeeded',
    });
  });

  test("etcd's no is told", async () => {
    const world = await stepWorld();
    await upgraded(world);
    world.node.state.override = (program, args) =>
      program === 'crictl' && args.includes('validate')
        ? { stderr: 'Error: etcdserver: invalid downgrade target version', exitCode: 1 }
        : undefined;
    expect(await attempt(world.handlers['enable-etcd-downgrade'], step, world.context())).toMatchObject({
      failure: { code: 'etcd.downgrade-refused', lastWords: [expect.stringContaining('invalid downgrade')] },
    });
  });
});

describe('restart-node-agents', () => {
  const step = stepOf('restart-node-agents');

  test('the kubelet and the network pods are restarted once, without the API', async () => {
    const world = await stepWorld();
    world.kubernetes.unavailable = () => true;
    const handler = world.handlers['restart-node-agents'];
    world.node.state.onChange = () => undefined;
    expect(await attempt(handler, step, world.context())).toMatchObject({
      facts: { restarted: 'kubelet, kube-proxy' },
    });
    expect(world.node.journal).toEqual(['stop kube-proxy-container', 'restart kubelet']);
    expect(await handler.observe(step, world.context())).toMatchObject({ status: 'done' });
    expect(stepOf('restart-node-agents').input.node).toBe(cp1);
  });

  test.each<[string, (world: StepWorld) => void, string]>([
    [
      'its unit does not come up',
      ({ node }) => void (node.state.kubelet.active = false),
      'unit is not active',
    ],
    ['it is not well', ({ node }) => void (node.state.kubelet.well = false), 'health check fails'],
    [
      'a network pod does not run',
      ({ node }) => {
        node.state.override = (program, args) =>
          program === 'crictl' && args[0] === 'ps' && args.includes('Running') ? { exitCode: 0 } : undefined;
      },
      'does not run',
    ],
  ])('a node is not back while of its kubelet: %s', async (_, breakIt, why) => {
    const world = await stepWorld();
    const handler = world.handlers['restart-node-agents'];
    await attempt(handler, step, world.context());
    breakIt(world);
    expect(await handler.observe(step, world.context(2))).toEqual({ status: 'to-do' });
    const soon = world.context(2, { timeouts: { nodeReadySeconds: 30 } });
    await expect(handler.verify(step, soon)).rejects.toMatchObject({
      code: 'node.kubelet-not-ready',
      message: expect.stringContaining(why),
    });
  });
});
