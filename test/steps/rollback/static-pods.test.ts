import { describe, expect, test } from 'vitest';
import type { StaticPod } from '../../../src/domain/step.ts';
import { version } from '../../../src/domain/version.ts';
import { stoppedDirectory } from '../../../src/node/static-pods.ts';
import { attempt, run } from '../../support/attempts.ts';
import { manifest } from '../../support/node-state.ts';
import { savedNode, upgraded } from '../../support/saved-files.ts';
import { stepOf, stepWorld } from '../../support/step-world.ts';

const old = version('v1.33.13');
const manifests = '/etc/kubernetes/manifests';
const path = (pod: StaticPod) => `${manifests}/${pod}.yaml`;

async function goneAhead(pods: StaticPod[]) {
  const world = await stepWorld();
  const backup = await savedNode(world);
  await upgraded(world);
  const step = stepOf('restore-static-pods', { version: old, backup, pods });
  return { world, backup, step, handler: world.handlers['restore-static-pods'] };
}

describe('restore-static-pods', () => {
  test('puts manifests back in the order given, each followed until it runs', async () => {
    const { world, step, handler } = await goneAhead(['kube-scheduler', 'kube-apiserver']);
    const { files, journal, state } = world.node;
    const running: string[] = [];
    state.onChange = () => void running.push([...state.containers.values()].map(imageOf).join(' '));
    expect(await attempt(handler, step, world.context())).toMatchObject({
      facts: { 'kube-scheduler': 'v1.33.13', 'kube-apiserver': 'v1.33.13' },
    });
    expect(await files.readFile(path('kube-apiserver'))).toContain('kube-apiserver:v1.33.13');
    expect(await files.readFile(path('etcd'))).toContain('3.6.5');
    const written = journal.filter((line) => line.endsWith('.yaml'));
    expect(written).toEqual([`write ${path('kube-scheduler')}`, `write ${path('kube-apiserver')}`]);
    expect(running.at(-1)).toContain('kube-apiserver:v1.33.13');
  });

  test('what is as saved already is not written again', async () => {
    const { world, step, handler } = await goneAhead(['kube-scheduler', 'kube-apiserver']);
    await attempt(handler, step, world.context());
    const written = world.node.journal.length;
    await handler.act(step, world.context(2));
    expect(world.node.journal).toHaveLength(written);
  });

  test('asks nothing of the API', async () => {
    const { world, step, handler } = await goneAhead(['kube-apiserver']);
    world.kubernetes.unavailable = () => true;
    expect(await attempt(handler, step, world.context())).toMatchObject({ status: 'succeeded' });
  });

  test('a pod of the same image is waited for until it is another one', async () => {
    const { world, step, handler } = await goneAhead(['kube-scheduler']);
    // Only a flag differs: neither image nor version would tell.
    const other = manifest('kube-scheduler', 'registry.k8s.io/kube-scheduler:v1.33.13');
    await world.node.files.writeFile(path('kube-scheduler'), `${other}# another flag\n`);
    const before = world.clock.now();
    expect(await attempt(handler, step, world.context())).toMatchObject({ status: 'succeeded' });
    expect(world.clock.now() - before).toBeGreaterThan(8_000);
    expect(await handler.observe(step, world.context())).toMatchObject({ status: 'done' });
  });

  test('etcd is back when its own member answers at the minor of the manifest', async () => {
    const { world, step, handler } = await goneAhead(['etcd']);
    const [own] = world.node.state.etcd.members;
    const soon = { controlPlaneReadySeconds: 60 };
    const failed = await attempt(handler, step, world.context(1, { timeouts: soon }));
    expect(failed).toMatchObject({
      failure: { code: 'etcd.unhealthy', lastWords: ['what it said last'] },
    });
    expect((failed as { failure: Error }).failure.message).toContain('its etcd is 3.6.5');
    if (own) own.version = '3.5.30';
    expect(await attempt(handler, step, world.context(2))).toMatchObject({ facts: { etcd: '3.5.30' } });
  });

  test('a manifest that is missing from the node is put back, too', async () => {
    const { world, step, handler } = await goneAhead(['kube-apiserver']);
    await world.node.files.rm(path('kube-apiserver'));
    expect(await attempt(handler, step, world.context())).toMatchObject({ status: 'succeeded' });
  });

  test('a backup that lacks one of the manifests puts none of them back', async () => {
    const world = await stepWorld();
    await world.node.files.rm(path('kube-scheduler'));
    const backup = await savedNode(world);
    await upgraded(world);
    const step = stepOf('restore-static-pods', {
      version: old,
      backup,
      pods: ['kube-apiserver', 'kube-scheduler'],
    });
    const tried = await attempt(world.handlers['restore-static-pods'], step, world.context());
    expect(tried).toMatchObject({ failure: { code: 'backup.corrupt' } });
    expect((tried as { failure: Error }).failure.message).toContain('kube-scheduler.yaml');
    expect(world.node.journal).toEqual([]);
  });

  test('a backup of another version is not put back', async () => {
    const { world, step, handler } = await goneAhead(['kube-apiserver']);
    const wrong = { ...step, input: { ...step.input, version: version('v1.33.12') } };
    expect(await attempt(handler, wrong, world.context())).toMatchObject({
      failure: { code: 'backup.corrupt' },
    });
    expect(world.node.journal).toEqual([]);
  });
});

describe('stop-static-pods', () => {
  const pods: StaticPod[] = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'];
  const step = stepOf('stop-static-pods', { pods });

  test('takes the manifests away, keeps them, and waits until nothing runs', async () => {
    const world = await stepWorld();
    world.kubernetes.unavailable = () => true;
    const handler = world.handlers['stop-static-pods'];
    expect(await handler.observe(step, world.context())).toEqual({ status: 'to-do' });
    expect(await attempt(handler, step, world.context())).toMatchObject({ status: 'succeeded' });
    const { files, state } = world.node;
    expect(await files.readdir(manifests)).toEqual([]);
    expect((await files.readdir(stoppedDirectory(run))).toSorted()).toEqual(
      pods.map((pod) => `${pod}.yaml`).toSorted(),
    );
    expect(state.containers.size).toBe(0);
    // A second run of it finds them there.
    await handler.act(step, world.context(2));
    expect(await files.readdir(stoppedDirectory(run))).toHaveLength(4);
  });

  test('a kubelet that does its work is not stepped in for', async () => {
    const world = await stepWorld();
    const context = world.context();
    await attempt(world.handlers['stop-static-pods'], step, context);
    expect(world.node.journal.filter((line) => line.startsWith('stop '))).toEqual([]);
    expect(context.notes).toEqual([]);
  });

  test('a kubelet that does nothing is stepped in for, and said so when that does not help either', async () => {
    const world = await stepWorld();
    world.node.state.override = (program, args) =>
      program === 'crictl' && args[0] === 'ps' ? { stdout: 'etcd-container\n', exitCode: 0 } : undefined;
    const context = world.context();
    const tried = await attempt(world.handlers['stop-static-pods'], step, context);
    expect(tried).toMatchObject({ failure: { code: 'static-pods.not-stopped' } });
    expect(world.node.journal).toContain('stop etcd-container');
    expect(context.notes.join()).toContain('container runtime');
  });
});

const imageOf = ({ content }: { content: string }) => /image: (\S+)/.exec(content)?.[1] ?? '';
