import { describe, expect, test } from 'vitest';
import type { Step, StepKind } from '../../src/domain/step.ts';
import type { StepHandler } from '../../src/ports/step-handler.ts';
import { drive, run } from '../support/attempts.ts';
import type { CrashPoint } from '../support/crash-points.ts';
import { podObject } from '../support/fake-kubernetes.ts';
import { saved, savedAddons, savedNode, upgraded } from '../support/saved-files.ts';
import { cp1, type StepWorld, stepOf, stepWorld } from '../support/step-world.ts';

/** Steps that change something, with what must have come before. */
const scenarios: readonly {
  readonly kind: StepKind;
  readonly prepare?: (world: StepWorld) => unknown;
  /** What the step is given besides the usual. */
  readonly input?: (world: StepWorld) => Promise<object>;
}[] = [
  { kind: 'back-up-etcd' },
  { kind: 'back-up-config-maps' },
  { kind: 'back-up-node-files' },
  { kind: 'switch-repository' },
  { kind: 'install-kubeadm', prepare: onNewRepository },
  {
    kind: 'install-kubelet',
    prepare: async (world) => {
      await onNewRepository(world);
      world.node.state.halfConfigured.add('kubelet');
    },
  },
  { kind: 'pull-images' },
  { kind: 'move-etcd-leader' },
  {
    kind: 'upgrade-control-plane',
    prepare: async (world) => {
      world.node.state.packages.set('kubeadm', '1.34.9-1.1');
      const node = world.kubernetes.nodes.get(cp1);
      if (node) world.kubernetes.nodes.set(cp1, { ...node, annotations: {} });
    },
  },
  {
    kind: 'upgrade-kubelet-config',
    prepare: (world) => world.node.state.packages.set('kubeadm', '1.34.9-1.1'),
  },
  {
    kind: 'drain-node',
    prepare: ({ kubernetes }) => {
      for (const name of ['shop/a', 'shop/b', 'shop/c']) {
        const pod = podObject(name, { node: cp1 });
        kubernetes.pods.set(pod.uid, pod);
      }
      kubernetes.terminationMs = () => 5_000;
    },
  },
  { kind: 'restart-kubelet', prepare: (world) => world.node.state.packages.set('kubelet', '1.34.9-1.1') },
  { kind: 'mark-next-nodes' },
  { kind: 'unmark-next-nodes', prepare: ({ kubernetes }) => kubernetes.markNext(cp1, run) },
  { kind: 'uncordon-node', prepare: ({ kubernetes }) => kubernetes.cordon(cp1, run) },
  {
    kind: 'restore-node-files',
    input: async (world) => {
      const backup = await savedNode(world);
      await upgraded(world);
      await world.node.files.writeFile('/var/lib/kubelet/cpu_manager_state', '{"policyName":"static"}');
      await world.kubernetes.cordon(cp1, run);
      return { backup };
    },
  },
  {
    kind: 'restore-static-pods',
    input: async (world) => {
      const backup = await savedNode(world);
      await upgraded(world);
      const pods = ['kube-controller-manager', 'kube-scheduler', 'kube-apiserver'];
      return { version: 'v1.33.13', backup, pods };
    },
  },
  {
    kind: 'restore-config-maps',
    input: async (world) => {
      const { configMaps } = await savedAddons(world);
      world.kubernetes.configMaps.set('kube-system/kubelet-config', { kubelet: 'of v1.34.9' });
      return { names: ['kubeadm-config', 'kubelet-config'], backup: configMaps };
    },
  },
  {
    kind: 'restore-addons',
    input: async (world) => {
      const files = await savedAddons(world);
      await upgraded(world);
      world.kubernetes.configMaps.set('kube-system/coredns', { Corefile: 'of v1.34.9' });
      return { version: 'v1.33.13', ...files };
    },
  },
  { kind: 'enable-etcd-downgrade', prepare: upgraded },
  { kind: 'stop-static-pods', input: async () => ({ pods: ['kube-apiserver', 'etcd'] }) },
  {
    kind: 'restore-etcd',
    input: async (world) => {
      await world.node.files.rm('/etc/kubernetes/manifests/etcd.yaml');
      return { backup: await saved(world, 'etcd.db', 'snapshot') };
    },
  },
  { kind: 'restart-node-agents' },
];

async function onNewRepository({ node }: StepWorld): Promise<void> {
  const path = '/etc/apt/sources.list.d/kubernetes.list';
  await node.files.writeFile(path, (await node.files.readFile(path)).replace('v1.33', 'v1.34'));
}

/** The step done in a fresh world, however often the process dies. */
async function through(scenario: (typeof scenarios)[number], crashes: readonly CrashPoint[]) {
  const world = await stepWorld({
    controlPlane: scenario.kind !== 'upgrade-kubelet-config',
    crashes,
    // Steps whose effect is so short that it is a read.
    aroundReads: scenario.kind === 'move-etcd-leader' || scenario.kind === 'enable-etcd-downgrade',
  });
  await scenario.prepare?.(world);
  const step = stepOf(scenario.kind, (await scenario.input?.(world)) ?? {}) as Step;
  // The registry's type says that a kind's handler takes its steps; a union cannot follow it.
  const handler = world.handlers[scenario.kind] as StepHandler<Step>;
  const done = await drive(
    () => handler,
    step,
    (attempt) => world.context(attempt),
  );
  world.disarm();
  const again = await handler.observe(step, world.context());
  return { world, done, again };
}

describe.each(scenarios)('$kind', (scenario) => {
  test('a crash before or after any effect, once or twice, does nothing twice and loses nothing', async () => {
    const calm = await through(scenario, []);
    expect(calm.done.alreadyDone).toBe(false);
    expect(calm.again.status).toBe('done');
    const effects = calm.world.effectCount();
    expect(effects).toBeGreaterThan(0);
    for (let at = 1; at <= effects; at += 1) {
      for (const when of ['before', 'after'] as const) {
        // Dying twice is dying at the next effect after having come back.
        for (const crashes of [
          [{ at, when }],
          [
            { at, when },
            { at: at + 1, when },
          ],
        ]) {
          const stormy = await through(scenario, crashes);
          const told = JSON.stringify(crashes);
          expect(stormy.world.effects().toSorted(), told).toEqual(calm.world.effects().toSorted());
          expect(stormy.again.status, told).toBe('done');
          expect(new Set(stormy.world.recorded.map(({ path }) => path.split('/').at(-1))), told).toEqual(
            new Set(calm.world.recorded.map(({ path }) => path.split('/').at(-1))),
          );
        }
      }
    }
  });
});
