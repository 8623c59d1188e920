import { describe, expect, test } from 'vitest';
import { version } from '../../../src/domain/version.ts';
import { attempt } from '../../support/attempts.ts';
import { saved, savedAddons, upgraded } from '../../support/saved-files.ts';
import { type StepWorld, stepOf, stepWorld } from '../../support/step-world.ts';

const proxy = 'DaemonSet/kube-system/kube-proxy';
const settings = (world: StepWorld, name: string) => world.kubernetes.configMaps.get(`kube-system/${name}`);

describe('restore-config-maps', () => {
  async function goneAhead() {
    const world = await stepWorld();
    const { configMaps: backup } = await savedAddons(world);
    await upgraded(world);
    const step = stepOf('restore-config-maps', { names: ['kubeadm-config', 'kubelet-config'], backup });
    return { world, step, handler: world.handlers['restore-config-maps'] };
  }

  test('what the upgrade wrote goes back whole, what is as saved is left alone', async () => {
    const { world, step, handler } = await goneAhead();
    expect(settings(world, 'kubeadm-config')?.['ClusterConfiguration']).toContain('v1.34.9');
    expect(await attempt(handler, step, world.context())).toMatchObject({
      facts: { 'kubeadm-config': 'as saved', 'kubelet-config': 'as saved' },
    });
    expect(settings(world, 'kubeadm-config')?.['ClusterConfiguration']).toContain('v1.33.13');
    expect(world.kubernetes.journal).toEqual(['put back ConfigMap/kube-system/kubeadm-config']);
  });

  test("somebody's edit since is kept, but for the version", async () => {
    const { world, step, handler } = await goneAhead();
    const { configMaps, writers } = world.kubernetes;
    configMaps.set('kube-system/kubeadm-config', {
      ClusterConfiguration: 'kubernetesVersion: v1.34.9\ncertificatesDir: /elsewhere\n',
    });
    configMaps.set('kube-system/kubelet-config', { kubelet: 'maxPods: 200' });
    for (const name of ['kubeadm-config', 'kubelet-config'])
      writers.set(`ConfigMap/kube-system/${name}`, 'kubectl-edit');
    const context = world.context();
    expect(await attempt(handler, step, context)).toMatchObject({ status: 'succeeded' });
    expect(settings(world, 'kubeadm-config')).toEqual({
      ClusterConfiguration: 'kubernetesVersion: v1.33.13\ncertificatesDir: /elsewhere\n',
    });
    expect(settings(world, 'kubelet-config')).toEqual({ kubelet: 'maxPods: 200' });
    expect(context.notes.join()).toContain('kubectl-edit');
    expect(await handler.observe(step, world.context())).toMatchObject({ status: 'done' });
    await handler.act(step, world.context(2));
    expect(settings(world, 'kubeadm-config')?.['ClusterConfiguration']).toContain('/elsewhere');
  });

  test('one that is gone from the cluster is said so, and never taken for put back', async () => {
    const { world, step, handler } = await goneAhead();
    world.kubernetes.configMaps.delete('kube-system/kubelet-config');
    expect(await handler.observe(step, world.context())).toEqual({ status: 'to-do' });
    expect(await attempt(handler, step, world.context())).toMatchObject({
      failure: {
        code: 'kubernetes.refused',
        facts: { configMap: 'kube-system/kubelet-config' },
        retry: 'halt',
      },
    });
  });

  test('one that is changed again behind the back is not taken for put back', async () => {
    const { world, step, handler } = await goneAhead();
    const { kubernetes } = world;
    kubernetes.putBack = async () => true;
    expect(await attempt(handler, step, world.context())).toMatchObject({
      failure: { facts: { configMap: 'kube-system/kubeadm-config' }, retry: 'transient' },
    });
  });

  test('a backup that lacks one of them puts none back', async () => {
    const { world, step } = await goneAhead();
    const names = ['kubeadm-config', 'kubelet-config-1.33'];
    const more = stepOf('restore-config-maps', { ...step.input, names });
    const tried = await attempt(world.handlers['restore-config-maps'], more, world.context());
    expect(tried).toMatchObject({
      failure: { code: 'backup.corrupt', message: expect.stringContaining('kubelet-config-1.33') },
    });
    expect(world.kubernetes.journal).toEqual([]);
  });

  test('one that changes between reading and writing is looked at again', async () => {
    const { world, step, handler } = await goneAhead();
    const { kubernetes } = world;
    const putBack = kubernetes.putBack.bind(kubernetes);
    let first = true;
    kubernetes.putBack = async (of, next) => {
      if (first) kubernetes.writers.set('ConfigMap/kube-system/kubeadm-config', 'kubectl-edit');
      const wasFirst = first;
      first = false;
      return wasFirst ? false : putBack(of, next);
    };
    const context = world.context();
    expect(await attempt(handler, step, context)).toMatchObject({ status: 'succeeded' });
    expect(context.notes).toHaveLength(1);
  });
});

describe('restore-addons', () => {
  async function goneAhead() {
    const world = await stepWorld();
    world.kubernetes.templates.set(proxy, {
      metadata: { labels: { 'k8s-app': 'kube-proxy' } },
      spec: { containers: [{ name: 'kube-proxy', image: 'registry.k8s.io/kube-proxy:v1.33.13' }] },
    });
    const files = await savedAddons(world);
    await upgraded(world);
    world.kubernetes.templates.set(proxy, {
      metadata: { labels: { 'k8s-app': 'kube-proxy' } },
      spec: {
        containers: [{ name: 'kube-proxy', image: 'registry.k8s.io/kube-proxy:v1.34.9', newField: true }],
      },
    });
    const step = stepOf('restore-addons', { version: version('v1.33.13'), ...files });
    return { world, files, step, handler: world.handlers['restore-addons'] };
  }
  const image = (world: StepWorld) => world.kubernetes.daemonSets.get('kube-system/kube-proxy')?.image;

  test('templates go back whole and are followed', async () => {
    const { world, step, handler } = await goneAhead();
    expect(await attempt(handler, step, world.context())).toMatchObject({
      facts: { 'kube-proxy': 'v1.33.13, 3 of 3 available', CoreDNS: 'v1.12.0, 2 of 2 available' },
    });
    expect(JSON.stringify(world.kubernetes.templates.get(proxy))).not.toContain('newField');
    expect(world.kubernetes.journal).toEqual([`put back ${proxy}`]);
  });

  test('what the API server fills in by itself does not count as not put back', async () => {
    const { world, step, handler } = await goneAhead();
    await attempt(handler, step, world.context());
    const template = world.kubernetes.templates.get(proxy);
    world.kubernetes.templates.set(proxy, { ...template, filledIn: true });
    expect(await handler.observe(step, world.context())).toMatchObject({ status: 'done' });
  });

  test('of a workload that somebody has edited since only the image goes back', async () => {
    const { world, step, handler } = await goneAhead();
    world.kubernetes.writers.set(proxy, 'kubectl-edit');
    const context = world.context();
    expect(await attempt(handler, step, context)).toMatchObject({ status: 'succeeded' });
    expect(image(world)).toBe('registry.k8s.io/kube-proxy:v1.33.13');
    expect(JSON.stringify(world.kubernetes.templates.get(proxy))).toContain('newField');
    expect(context.notes.join()).toContain('kubectl-edit');
  });

  test('a backup of an older bot, without templates, gives the image back', async () => {
    const { world, files, handler } = await goneAhead();
    const rollout = { desired: 3, updated: 3, available: 3, observed: true };
    const backup = await saved(
      world,
      'old.json',
      JSON.stringify({ kubeProxy: { image: 'registry.k8s.io/kube-proxy:v1.33.13', ...rollout } }),
    );
    const step = stepOf('restore-addons', { version: version('v1.33.13'), ...files, backup });
    expect(await attempt(handler, step, world.context())).toMatchObject({ status: 'succeeded' });
    expect(image(world)).toBe('registry.k8s.io/kube-proxy:v1.33.13');
  });

  test('one that does not roll out is told', async () => {
    const { world, step, handler } = await goneAhead();
    const { daemonSets } = world.kubernetes;
    const present = daemonSets.get('kube-system/kube-proxy');
    if (present) daemonSets.set('kube-system/kube-proxy', { ...present, updated: 1 });
    const tried = await attempt(handler, step, world.context(1, { timeouts: { addonsSeconds: 30 } }));
    expect(tried).toMatchObject({ failure: { code: 'addons.not-rolled-out' } });
  });
});
