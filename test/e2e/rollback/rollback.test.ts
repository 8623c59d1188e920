import { afterEach, describe, expect, test } from 'vitest';
import { stepsOf } from '../../../src/domain/plan.ts';
import type { Run } from '../../../src/domain/run.ts';
import { startWorld, type World } from './support/world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const old = 'v1.33.13';
const lastWords = (run: Run) => [run.status, JSON.stringify(run.halt ?? {}, undefined, 1)].join(' ');

async function expectOld(of: World, etcd: string): Promise<void> {
  const { sandbox } = of;
  const snapshot = await of.observe();
  expect(
    snapshot.nodes.map((node) => [node.name, node.kubeletVersion, node.ready, node.unschedulable]),
  ).toEqual(snapshot.nodes.map(({ name }) => [name, old, true, false]));
  expect(new Set(Object.values(snapshot.apiServers))).toEqual(new Set([old]));
  expect(new Set(sandbox.model.etcd.members.map(({ version }) => version))).toEqual(new Set([etcd]));
  expect(snapshot.kubeadm.kubernetesVersion).toBe(old);
  expect(snapshot.addons.kubeProxyImage).toContain(old);
}

describe('an upgrade is taken back in the simulated cluster', () => {
  test('as a whole, with etcd kept at its new minor; then up again', { timeout: 240_000 }, async () => {
    world = await startWorld();
    const up = await world.upgrade('aaa222', 'v1.34.9');
    expect(up.status, lastWords(up)).toBe('succeeded');
    const back = await world.back('bbb333', up);
    expect(back.status, lastWords(back)).toBe('succeeded');
    await expectOld(world, '3.6.5');
    const again = await world.upgrade('ccc444', 'v1.34.9');
    expect(again.status, lastWords(again)).toBe('succeeded');
  });

  test('by restoring the data from before, three members at once', { timeout: 240_000 }, async () => {
    world = await startWorld();
    const { store } = world.sandbox.model;
    const namespace = (name: string) =>
      store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} });
    namespace('older');
    const up = await world.upgrade('aaa222', 'v1.34.9');
    expect(up.status, lastWords(up)).toBe('succeeded');
    namespace('newer');
    const back = await world.back('bbb333', up, { etcd: 'restore' });
    expect(back.status, lastWords(back)).toBe('succeeded');
    await expectOld(world, '3.5.24');
    expect(store.get('Namespace', '', 'older')).toBeDefined();
    expect(store.get('Namespace', '', 'newer')).toBeUndefined();
  });

  test('hop by hop, each by a rollback of its own, to where it began', { timeout: 360_000 }, async () => {
    world = await startWorld({ offered: ['1.33.13', '1.34.9', '1.35.2'] });
    const up = await world.upgrade('aaa222', 'v1.35.2');
    expect(up.status, lastWords(up)).toBe('succeeded');
    expect(up.plan.hops).toEqual(['v1.34.9', 'v1.35.2']);
    const once = await world.back('bbb333', up);
    expect(once.status, lastWords(once)).toBe('succeeded');
    expect(once.plan.to).toBe('v1.34.9');
    const twice = await world.back('ccc444', up);
    expect(twice.status, lastWords(twice)).toBe('succeeded');
    // etcd stays on its release line, at the patch of the newest hop.
    await expectOld(world, '3.6.6');
    const nothing = await world.planBack(up);
    expect(nothing.kind === 'refusal' && nothing.findings.map(({ code }) => code)).toEqual([
      'rollback.nothing-to-do',
    ]);
  });

  test("by etcd's own downgrade", { timeout: 240_000 }, async () => {
    world = await startWorld();
    const up = await world.upgrade('aaa222', 'v1.34.9');
    expect(up.status, lastWords(up)).toBe('succeeded');
    const back = await world.back('bbb333', up, { etcd: 'downgrade' });
    expect(back.status, lastWords(back)).toBe('succeeded');
    await expectOld(world, '3.5.24');
  });

  test('from the middle of a control plane that does not come up', { timeout: 240_000 }, async () => {
    world = await startWorld();
    await world.sandbox.faults.enable('etcd-does-not-come-up', { node: 'cp-2' });
    const up = await world.upgrade('aaa222', 'v1.34.9');
    expect(up.status).toBe('halted');
    for (const { id } of world.sandbox.faults.active()) await world.sandbox.faults.disable(id);
    const plan = await world.planBack(up);
    const changes =
      plan.kind === 'plan' ? stepsOf(plan).filter(({ kind }) => !kind.startsWith('back-up-')) : [];
    expect(changes.length).toBeGreaterThan(3);
    expect(changes.filter(({ key }) => key.includes('cp-3'))).toEqual([]);
    const back = await world.back('bbb333', up);
    expect(back.status, lastWords(back)).toBe('succeeded');
    await expectOld(world, '3.5.24');
  });
});
