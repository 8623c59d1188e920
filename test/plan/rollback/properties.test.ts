import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RunId } from '../../../src/domain/names.ts';
import { Plan, stepsOf } from '../../../src/domain/plan.ts';
import type { Run } from '../../../src/domain/run.ts';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { minorNumber } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { isTakenBack, nothingToTakeBack } from '../../../src/plan/rollback/plan-rollback.ts';
import { backupsIn } from '../../support/rollback-world/saved.ts';
import { type World, worldOf } from '../../support/rollback-world/world.ts';
import {
  planBack,
  type Stopped,
  stoppedAt,
  takenBack,
  upgradeId,
  worldsOf,
} from '../../support/rollbacks.ts';
import { anyScenario, type Scenario } from '../../support/scenarios.ts';
import { skewViolations } from '../../support/skew-oracle.ts';

const seed = 20_261_123;
const options = { seed, numRuns: 60 };
const rollbackId = RunId.parse('back22');
const secondId = RunId.parse('back33');
const thirdId = RunId.parse('back44');

interface Case {
  readonly before: World;
  readonly stopped: Stopped;
}

const shown = <Value extends object>(value: Value, text: string): Value => ({
  ...value,
  [fc.toStringMethod]: () => text,
});

/** An upgrade of any cluster, stopped at any step boundary, or in the middle of any step in any way. */
const anyStopped = (
  hops: 'one' | 'several',
  fits: (scenario: Scenario) => boolean = () => true,
): fc.Arbitrary<Case> =>
  fc
    .tuple(
      anyScenario.filter(
        (scenario) => (scenario.intent.inHops === true) === (hops === 'several') && fits(scenario),
      ),
      fc.nat(500),
      fc.option(fc.nat(11), { nil: undefined }),
    )
    .map(([scenario, at, cut]) => {
      const { snapshot, intent, policy } = scenario;
      const plan = planUpgrade(intent, snapshot, policy);
      if (plan.kind === 'refusal') return undefined;
      const before = worldOf(snapshot);
      const stopped = stoppedAt(before, plan, upgradeId, at, cut);
      const text = `${JSON.stringify({ at: at % stepsOf(plan).length, cut, done: stopped.run.steps.size, target: intent.target })} ${fc.stringify(scenario)}`;
      return shown({ before, stopped }, text);
    })
    .filter((made): made is Case & { [fc.toStringMethod]: () => string } => made !== undefined);

/** Clusters whose own etcd goes to another minor: few among all, and the only ones in which it has ways to choose from. */
const movesEtcd = ({ snapshot: { etcd }, intent: { target } }: Scenario): boolean =>
  etcd.topology === 'stacked' &&
  etcd.members.every(({ version }) => version.startsWith('3.5.')) &&
  target === 'v1.34.9';

/** A property that only speaks of some cases is to meet them: `count` is raised for each. */
function expectMet(count: number, least: number): void {
  expect(count, 'cases that the property speaks of').toBeGreaterThanOrEqual(least);
}

/** Versions of everything that goes back, with cordons: what must be as it was before the upgrade. */
const versionsOf = ({ snapshot, kubeletFiles }: World) => ({
  kubeadm: snapshot.kubeadm.kubernetesVersion,
  addons: snapshot.addons,
  nodes: snapshot.nodes.map(({ name, kubeletVersion, controlPlane, host, unschedulable, cordonedByRun }) => ({
    name,
    kubeletVersion,
    servers: [controlPlane?.apiServer, controlPlane?.controllerManager, controlPlane?.scheduler],
    packages: host.status === 'reached' ? [host.packages, host.interruptedPackages, host.manifests] : [],
    unschedulable,
    cordonedByRun,
    files: kubeletFiles.get(name),
  })),
});

/**
 * The same without what a kubelet had to catch up with before the control plane could go on: it may not go back to more
 * than three minors below the API servers that still serve when its turn comes.
 */
const comparable = (world: World, { before, stopped }: Case) => {
  const versions = versionsOf(world);
  const newest = minorNumber(stopped.run.plan.to);
  const nodes = versions.nodes.map((node) => {
    const origin = before.snapshot.nodes.find(({ name }) => name === node.name);
    const caughtUp = origin !== undefined && newest - minorNumber(origin.kubeletVersion) > 3;
    return caughtUp ? { name: node.name, servers: node.servers, unschedulable: node.unschedulable } : node;
  });
  return { ...versions, nodes };
};

const etcdOf = ({ etcd }: Snapshot) =>
  etcd.topology === 'stacked' ? etcd.members.map(({ version }) => version) : [];

function expectSound(worlds: readonly World[], allowed: readonly string[] = []): void {
  const broken = worlds.flatMap(({ snapshot }, done) =>
    skewViolations(snapshot)
      .filter((violation) => !allowed.includes(violation))
      .map((violation) => `after ${done} steps: ${violation}`),
  );
  expect(broken).toEqual([]);
}

function planned(stopped: Stopped, more: Parameters<typeof planBack>[1] = {}): Plan | undefined {
  const plan = planBack(stopped, more);
  if (plan.kind === 'plan') return plan;
  expect(isTakenBack(plan), plan.findings.map(({ summary }) => summary).join('\n')).toBe(true);
  return undefined;
}

describe('of an upgrade by one minor or a patch, stopped anywhere', () => {
  test('the rollback reaches the old versions, breaks no skew rule on the way and leaves no cordon of its own', () => {
    fc.assert(
      fc.property(anyStopped('one'), (tried) => {
        const { before, stopped } = tried;
        const { worlds, refused } = takenBack(stopped);
        if (refused) expect(refused.findings.map(({ code }) => code)).toEqual([nothingToTakeBack]);
        expectSound(worlds, skewViolations(stopped.world.snapshot));
        const end = worlds.at(-1) ?? stopped.world;
        expect(comparable(end, tried)).toEqual(comparable(before, tried));
      }),
      options,
    );
  });

  test('etcd goes back exactly where the verdict is free', () => {
    const met = { free: 0, 'keep-etcd': 0 };
    fc.assert(
      fc.property(anyStopped('one', movesEtcd), ({ before, stopped }) => {
        const { worlds, plans } = takenBack(stopped);
        const [plan] = plans;
        if (plan?.purpose.kind !== 'rollback') return;
        const end = worlds.at(-1) ?? stopped.world;
        const { kind } = plan.purpose.verdict;
        if (kind === 'free' || kind === 'keep-etcd') met[kind] += 1;
        const etcd = kind === 'free' ? before : stopped.world;
        expect(['free', 'keep-etcd']).toContain(kind);
        expect(etcdOf(end.snapshot)).toEqual(etcdOf(etcd.snapshot));
      }),
      options,
    );
    expectMet(met.free, 10);
    expectMet(met['keep-etcd'], 10);
  });

  test('nodes that are as they were are not touched', () => {
    fc.assert(
      fc.property(anyStopped('one'), ({ before, stopped }) => {
        const plan = planned(stopped);
        const touched = new Set(
          plan?.phases
            .filter(({ kind }) => kind !== 'before')
            .flatMap(({ batches }) => batches.flatMap(({ turns }) => turns))
            .flatMap(({ subject }) => (subject.kind === 'node' ? [subject.node] : [])),
        );
        const begun = stopped.run.steps;
        for (const node of before.snapshot.nodes) {
          const isBegun = [...begun.keys()].some(
            (key) => key.includes(`/${node.name}/`) && !key.startsWith('before/'),
          );
          if (!isBegun) expect(touched.has(node.name), node.name).toBe(false);
        }
      }),
      options,
    );
  });

  test('a rollback that is stopped anywhere is planned again and finished', () => {
    fc.assert(
      fc.property(
        anyStopped('one'),
        fc.nat(500),
        fc.option(fc.nat(11), { nil: undefined }),
        (tried, at, cut) => {
          const { before, stopped } = tried;
          const first = planned(stopped);
          if (!first) return;
          const { run, world } = stoppedAt(stopped.world, first, rollbackId, at, cut);
          const { worlds, refused } = takenBack({ run: stopped.run, world }, { earlier: [run] });
          if (refused) expect(refused.findings.map(({ code }) => code)).toEqual([nothingToTakeBack]);
          expectSound(worlds, [...skewViolations(stopped.world.snapshot), ...skewViolations(world.snapshot)]);
          expect(comparable(worlds.at(-1) ?? world, tried)).toEqual(comparable(before, tried));
        },
      ),
      options,
    );
  });

  test('when it is finished there is nothing to take back, but kubelets that had to catch up go on to where they were', () => {
    fc.assert(
      fc.property(anyStopped('one'), (tried) => {
        let { world } = tried.stopped;
        const earlier: Run[] = [];
        for (const id of [rollbackId, secondId, thirdId]) {
          const plan = planned({ run: tried.stopped.run, world }, { earlier });
          if (!plan) break;
          const finished = stoppedAt(world, plan, id, stepsOf(plan).length);
          earlier.push(finished.run);
          world = finished.world;
        }
        expect(planned({ run: tried.stopped.run, world }, { earlier })).toBeUndefined();
        expect(versionsOf(world)).toEqual(versionsOf(tried.before));
      }),
      options,
    );
  });

  test('step keys are unique, it parses as what the store will read, and the same facts give the same digest', () => {
    fc.assert(
      fc.property(anyStopped('one'), ({ stopped }) => {
        const plan = planned(stopped);
        if (!plan) return;
        const keys = stepsOf(plan).map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(Plan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
        const { snapshot } = stopped.world;
        const mixed = { ...stopped.world, snapshot: { ...snapshot, nodes: snapshot.nodes.toReversed() } };
        expect(planned({ ...stopped, world: mixed })?.digest).toBe(plan.digest);
      }),
      options,
    );
  });

  test('only one control plane at a time, kubelets before add-ons, add-ons before any API server, the leader last', () => {
    fc.assert(
      fc.property(anyStopped('one'), ({ stopped }) => {
        const plan = planned(stopped);
        if (!plan) return;
        for (const { kind, batches } of plan.phases) {
          if (kind === 'control-plane') for (const { turns } of batches) expect(turns).toHaveLength(1);
        }
        const steps = stepsOf(plan);
        const last = (kind: string) => steps.findLastIndex((step) => step.kind === kind);
        const server = steps.findIndex((step) => step.kind === 'restore-static-pods');
        const addons = steps.findIndex((step) => step.kind === 'restore-addons');
        if (server !== -1) expect(last('restart-kubelet')).toBeLessThan(server);
        if (server !== -1) expect(addons).toBeLessThan(server);
        if (addons !== -1) expect(last('restart-kubelet')).toBeLessThan(addons);
        const restored = steps.flatMap((step) =>
          step.kind === 'restore-static-pods' ? [step.input.node] : [],
        );
        const { etcd } = stopped.world.snapshot;
        const leader =
          etcd.topology === 'stacked' ? etcd.members.find(({ isLeader }) => isLeader)?.node : undefined;
        if (leader !== undefined && restored.includes(leader)) expect(restored.at(-1)).toBe(leader);
      }),
      options,
    );
  });
});

describe('of an upgrade by several minors, stopped anywhere', () => {
  test('it goes back one hop, or by the snapshot, or the verdict says why not', () => {
    fc.assert(
      fc.property(anyStopped('several'), ({ stopped }) => {
        const plan = planBack(stopped);
        if (plan.kind === 'refusal') {
          expect(plan.findings[0]?.summary.length ?? 0).toBeGreaterThan(20);
          return;
        }
        const { worlds } = takenBack(stopped);
        expectSound(worlds, skewViolations(stopped.world.snapshot));
        const end = worlds.at(-1) ?? stopped.world;
        for (const { name, controlPlane, cordonedByRun } of end.snapshot.nodes) {
          expect([upgradeId, rollbackId], name).not.toContain(cordonedByRun);
          if (controlPlane?.apiServer)
            expect(minorNumber(controlPlane.apiServer)).toBeGreaterThanOrEqual(minorNumber(plan.to) - 1);
        }
      }),
      options,
    );
  });
});

describe('of an upgrade by several minors that is taken back again and again', () => {
  const ids = ['back22', 'back33', 'back44', 'back55', 'back66', 'back77'].map((id) => RunId.parse(id));

  test('it comes hop by hop to where it began, breaking no skew rule, or says why it goes no farther', () => {
    let [whole, refusals] = [0, 0];
    fc.assert(
      fc.property(anyStopped('several'), (tried) => {
        const { before, stopped } = tried;
        let { world } = stopped;
        const earlier: Run[] = [];
        for (const id of ids) {
          const plan = planBack({ run: stopped.run, world }, { earlier });
          if (plan.kind === 'refusal') {
            if (isTakenBack(plan)) break;
            expect(plan.findings[0]?.summary.length ?? 0).toBeGreaterThan(20);
            refusals += 1;
            return;
          }
          // The data of before is a way of its own, which nobody asked for here.
          if (plan.purpose.kind === 'rollback' && plan.purpose.verdict.kind === 'restore-with-data-loss')
            return;
          const allowed = skewViolations(world.snapshot);
          expectSound(worldsOf(world, plan, id), allowed);
          const finished = stoppedAt(world, plan, id, stepsOf(plan).length);
          earlier.push(finished.run);
          world = finished.world;
        }
        whole += 1;
        expect(versionsOf(world)).toEqual(versionsOf(before));
      }),
      options,
    );
    expect(whole, `${refusals} refused`).toBeGreaterThan(20);
  });
});

describe('by the snapshot', () => {
  test('every member gets the same data, the old versions serve on it, and nothing remembers the lost data', () => {
    let met = 0;
    fc.assert(
      fc.property(anyStopped('one'), (tried) => {
        const { before, stopped } = tried;
        const plan = planBack(stopped, { etcd: 'restore' });
        if (plan.kind === 'refusal') {
          const summaries = plan.findings.map(({ summary }) => summary);
          const isExternal = before.snapshot.etcd.topology === 'external';
          const saved = backupsIn(stopped.world).map(({ kind }) => kind);
          const controlPlanes = before.snapshot.nodes.filter(({ role }) => role === 'control-plane');
          const isSaved =
            saved.includes('etcd-snapshot') &&
            saved.filter((kind) => kind === 'node-files').length >= controlPlanes.length;
          if (!isExternal && isSaved) expect(summaries).toEqual([]);
          return;
        }
        met += 1;
        expect(plan.policy.approvals.needed).toBeGreaterThanOrEqual(2);
        const { worlds } = takenBack(stopped, { etcd: 'restore' });
        expectSound(worlds, skewViolations(stopped.world.snapshot));
        const end = worlds.at(-1) ?? stopped.world;
        expect(comparable(end, tried)).toEqual(comparable(before, tried));
        expect(etcdOf(end.snapshot)).toEqual(etcdOf(before.snapshot));
        expect([...end.stale]).toEqual([]);
        expect(new Set(end.data.values()).size).toBe(1);
        expect([...end.stopped.values()].flatMap((pods) => [...pods])).toEqual([]);
      }),
      options,
    );
    expectMet(met, 15);
  });
});

describe("by etcd's own downgrade", () => {
  test('members go back to the older line, and then all the rest', () => {
    let met = 0;
    fc.assert(
      fc.property(anyStopped('one', movesEtcd), (tried) => {
        const { before, stopped } = tried;
        const plan = planBack(stopped, { etcd: 'downgrade' });
        if (plan.kind === 'refusal') {
          expect(plan.findings[0]?.summary).toMatch(/not needed|nothing to take back|No API server/);
          return;
        }
        met += 1;
        const worlds = worldsOf(stopped.world, plan, rollbackId);
        expectSound(worlds, skewViolations(stopped.world.snapshot));
        const end = worlds.at(-1) ?? stopped.world;
        expect(comparable(end, tried)).toEqual(comparable(before, tried));
        expect(etcdOf(end.snapshot)).toEqual(etcdOf(before.snapshot));
      }),
      options,
    );
    expectMet(met, 15);
  });
});
