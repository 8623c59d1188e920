import { appendFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { criSocketAnnotation } from '../../../src/node/cri-socket.ts';
import { attempt, run } from '../../support/attempts.ts';
import { saved, savedNode, upgraded } from '../../support/saved-files.ts';
import { cp1, stepOf, stepWorld } from '../../support/step-world.ts';

const config = '/var/lib/kubelet/config.yaml';
const flags = '/var/lib/kubelet/kubeadm-flags.env';
const instance = '/var/lib/kubelet/instance-config.yaml';

async function goneAhead() {
  const world = await stepWorld();
  const backup = await savedNode(world);
  const before = await Promise.all([config, flags].map((path) => world.node.files.readFile(path)));
  await upgraded(world);
  const step = stepOf('restore-node-files', { backup });
  return { world, backup, before, step, handler: world.handlers['restore-node-files'] };
}

describe('restore-node-files', () => {
  test('puts back what the upgrade changed, takes away what it made, and annotates the Node again', async () => {
    const { world, before, step, handler } = await goneAhead();
    expect(await attempt(handler, step, world.context())).toMatchObject({
      status: 'succeeded',
      alreadyDone: false,
      facts: { files: '2 as saved' },
    });
    const { files } = world.node;
    expect(await Promise.all([config, flags].map((path) => files.readFile(path)))).toEqual(before);
    expect(await files.exists(instance)).toBe(false);
    expect(world.kubernetes.nodes.get(cp1)?.annotations[criSocketAnnotation]).toBe(
      'unix:///run/containerd/containerd.sock',
    );
    expect(world.node.journal).toEqual([`write ${config}`, `write ${flags}`]);
  });

  test('a node that is as saved is left alone', async () => {
    const world = await stepWorld();
    const step = stepOf('restore-node-files', { backup: await savedNode(world) });
    expect(await world.handlers['restore-node-files'].observe(step, world.context())).toMatchObject({
      status: 'done',
    });
  });

  test('a drop-in of the kubelet that somebody changed meanwhile goes back, another file of the backup does not', async () => {
    const world = await stepWorld();
    const { files } = world.node;
    const dropIn = '/etc/systemd/system/kubelet.service.d/20-proxy.conf';
    const other = '/etc/kubernetes/manifests/kube-scheduler.yaml';
    await files.writeFile(dropIn, '[Service]\n');
    const backup = await savedNode(world);
    await upgraded(world);
    await files.writeFile(dropIn, '[Service]\nEnvironment=X=1\n');
    const step = stepOf('restore-node-files', { backup });
    expect(await attempt(world.handlers['restore-node-files'], step, world.context())).toMatchObject({
      facts: { files: '3 as saved' },
    });
    expect(await files.readFile(dropIn)).toBe('[Service]\n');
    expect(await files.readFile(other)).toContain('v1.34.9');
  });

  test("a backup without the kubelet's configuration is not put back by half", async () => {
    const world = await stepWorld();
    await world.node.files.rm(config);
    const backup = await savedNode(world);
    await upgraded(world);
    const step = stepOf('restore-node-files', { backup });
    expect(await attempt(world.handlers['restore-node-files'], step, world.context())).toMatchObject({
      failure: { code: 'backup.corrupt' },
    });
    expect(world.node.journal).toEqual([]);
  });

  test('a crash between the files and the annotation leaves the annotation to be done', async () => {
    const { world, step, handler } = await goneAhead();
    await attempt(handler, step, world.context());
    const node = world.kubernetes.nodes.get(cp1);
    if (node) world.kubernetes.nodes.set(cp1, { ...node, annotations: {} });
    expect(await handler.observe(step, world.context(2))).toEqual({ status: 'to-do' });
    expect(await attempt(handler, step, world.context(2))).toMatchObject({ status: 'succeeded' });
    expect(world.kubernetes.nodes.get(cp1)?.annotations[criSocketAnnotation]).toBeDefined();
  });

  test('a backup that has instance-config.yaml brings it back, and needs no annotation', async () => {
    const world = await stepWorld();
    await world.node.files.writeFile(instance, 'containerRuntimeEndpoint: "unix:///run/crio/crio.sock"\n');
    const backup = await savedNode(world);
    await upgraded(world);
    await attempt(
      world.handlers['restore-node-files'],
      stepOf('restore-node-files', { backup }),
      world.context(),
    );
    expect(await world.node.files.readFile(instance)).toContain('crio');
    expect(world.kubernetes.nodes.get(cp1)?.annotations).toEqual({});
  });

  test('a backup that is not what was sealed is not used, nor one that is gone', async () => {
    const { world, backup, step, handler } = await goneAhead();
    await appendFile(backup.path, 'x');
    const tried = await attempt(handler, step, world.context());
    expect(tried).toMatchObject({ failure: { code: 'backup.corrupt', retry: 'halt' } });
    const gone = stepOf('restore-node-files', { backup: { ...backup, path: `${backup.path}.gone` } });
    expect(await attempt(handler, gone, world.context())).toMatchObject({
      failure: { code: 'backup.corrupt' },
    });
    const other = stepOf('restore-node-files', { backup: await saved(world, 'x.tar.gz', 'no archive') });
    expect(await attempt(handler, other, world.context())).toMatchObject({
      failure: { code: 'backup.corrupt' },
    });
    expect(world.node.journal).toEqual([]);
  });

  describe("what the kubelet's resource managers remember", () => {
    const state = '/var/lib/kubelet/cpu_manager_state';
    test.each([
      ['is of another policy', '{"policyName":"static","defaultCpuSet":"0-1","checksum":1}', false],
      [
        'holds what an older kubelet does not know',
        '{"policyName":"none","defaultCpuSet":"","pods":{}}',
        false,
      ],
      ['cannot be read', '{', false],
      ['fits', '{"policyName":"none","defaultCpuSet":"","checksum":1353318690}', true],
    ])('%s', async (_, content, stays) => {
      const { world, step, handler } = await goneAhead();
      await world.node.files.writeFile(state, content);
      await world.kubernetes.cordon(cp1, run);
      await attempt(handler, step, world.context());
      expect(await world.node.files.exists(state)).toBe(stays);
    });

    test('stays on a node that is not drained, and people are told', async () => {
      const { world, step, handler } = await goneAhead();
      await world.node.files.writeFile(state, '{"policyName":"static"}');
      const context = world.context();
      await attempt(handler, step, context);
      expect(await world.node.files.exists(state)).toBe(true);
      expect(context.notes.join()).toContain('cpu_manager_state');
    });
  });
});
