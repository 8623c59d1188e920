import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Plan, stepsOf } from '../../src/domain/plan.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import { nodeOf as nodeOfStep, type Step } from '../../src/domain/step.ts';
import { version } from '../../src/domain/version.ts';
import { isUpToDate, planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { simulatedRun, statesOf } from '../support/simulate.ts';
import { skewViolations } from '../support/skew-oracle.ts';
import { anyPolicy, anySnapshot } from '../support/snapshots.ts';

const target = version('1.34.9');
const seed = 20_261_123;
const options = { seed, numRuns: 120 };

function planOf(snapshot: Snapshot, policy: Policy): Plan {
  const plan = planUpgrade({ cluster: snapshot.cluster, target }, snapshot, policy);
  if (plan.kind === 'refusal') throw new Error(plan.findings.map((finding) => finding.summary).join('\n'));
  return plan;
}

const anyPlan = fc
  .tuple(anySnapshot, anyPolicy)
  .map(([snapshot, policy]) => ({ snapshot, policy, plan: planOf(snapshot, policy) }));

const roles = (snapshot: Snapshot) => new Map(snapshot.nodes.map((node) => [node.name, node.role]));
const positions = (steps: readonly Step[], kind: Step['kind']) =>
  new Map(steps.flatMap((step, index) => (step.kind === kind ? [[nodeOfStep(step), index] as const] : [])));

/** Shuffles whatever has an order in a snapshot that means nothing. */
const shuffled = (snapshot: Snapshot): fc.Arbitrary<Snapshot> => {
  const { etcd } = snapshot;
  const shuffle = <Item>(items: Item[]) =>
    fc.shuffledSubarray(items, { minLength: items.length, maxLength: items.length });
  return fc
    .tuple(shuffle(snapshot.nodes), shuffle(etcd.topology === 'stacked' ? etcd.members : []))
    .map(([nodes, members]) => ({
      ...snapshot,
      nodes,
      etcd: etcd.topology === 'stacked' ? { ...etcd, members } : etcd,
    }));
};

describe('of every plan', () => {
  test('control planes come before workers, one at a time, the etcd leader last', () => {
    fc.assert(
      fc.property(anyPlan, ({ snapshot, plan }) => {
        const roleOf = roles(snapshot);
        const upgrading = plan.phases.filter((phase) => phase.kind !== 'before');
        for (const { turns } of upgrading.flatMap((phase) => phase.batches)) {
          const nodes = turns.flatMap((turn) => (turn.subject.kind === 'node' ? [turn.subject.node] : []));
          if (nodes.some((node) => roleOf.get(node) === 'control-plane')) expect(turns).toHaveLength(1);
        }
        const order = [...positions(stepsOf(plan), 'drain-node').keys()].map((node) =>
          roleOf.get(node as never),
        );
        expect(order.lastIndexOf('control-plane')).toBeLessThan(
          order.includes('worker') ? order.indexOf('worker') : Number.POSITIVE_INFINITY,
        );
        const upgrades = [...positions(stepsOf(plan), 'upgrade-control-plane').keys()];
        if (snapshot.etcd.topology === 'stacked') {
          const leader = snapshot.etcd.members.find((member) => member.isLeader)?.node;
          expect(upgrades.at(-1)).toBe(leader);
        }
      }),
      options,
    );
  });

  test('no prefix violates the version skew policy', () => {
    fc.assert(
      fc.property(anyPlan, ({ snapshot, plan }) => {
        const broken = statesOf(snapshot, stepsOf(plan)).flatMap((state, done) =>
          skewViolations(state).map((violation) => `after ${done} steps: ${violation}`),
        );
        expect(broken).toEqual([]);
      }),
      options,
    );
  });

  test('the new kubelet starts only on a node that is drained, and kubeadm is new before it is used', () => {
    fc.assert(
      fc.property(anyPlan, ({ snapshot, plan }) => {
        const steps = stepsOf(plan);
        const states = statesOf(snapshot, steps);
        const nodeIn = (state: Snapshot | undefined, name: string | undefined): NodeSnapshot | undefined =>
          state?.nodes.find((node) => node.name === name);
        steps.forEach((step, index) => {
          const before = nodeIn(states[index], nodeOfStep(step));
          if (step.kind === 'restart-kubelet' || step.kind === 'install-kubelet') {
            expect(before?.unschedulable, step.key).toBe(true);
          }
          if (step.kind === 'upgrade-control-plane' || step.kind === 'upgrade-kubelet-config') {
            const host = before?.host;
            expect(host?.status === 'reached' ? host.packages.kubeadm : '', step.key).toBe('1.34.9');
          }
        });
      }),
      options,
    );
  });

  test('every node that is touched is verified, files saved before, and only what it cordons is uncordoned', () => {
    fc.assert(
      fc.property(anyPlan, ({ snapshot, plan }) => {
        const steps = stepsOf(plan);
        const [drained, verified, uncordoned, restarted, saved] = (
          ['drain-node', 'verify-node', 'uncordon-node', 'restart-kubelet', 'back-up-node-files'] as const
        ).map((kind) => positions(steps, kind));
        const first = positions(steps, 'switch-repository');
        for (const [node, index] of first) {
          expect(saved?.get(node) ?? Number.POSITIVE_INFINITY).toBeLessThan(index);
          expect(verified?.get(node) ?? -1).toBeGreaterThan(restarted?.get(node) ?? Number.POSITIVE_INFINITY);
        }
        for (const [node, index] of uncordoned ?? []) {
          expect(drained?.get(node) ?? Number.POSITIVE_INFINITY).toBeLessThan(index);
          expect(verified?.get(node) ?? Number.POSITIVE_INFINITY).toBeLessThan(index);
        }
        const cordoned = (state: Snapshot | undefined) =>
          state?.nodes.filter((node) => node.unschedulable).map((node) => [node.name, node.cordonedByRun]);
        expect(cordoned(statesOf(snapshot, steps).at(-1))).toEqual(cordoned(snapshot));
      }),
      options,
    );
  });

  test('step keys are unique, and it parses as what the store will read', () => {
    fc.assert(
      fc.property(anyPlan, ({ plan }) => {
        const keys = stepsOf(plan).map((step) => step.key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(Plan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      }),
      options,
    );
  });

  test('the same facts give the same digest, in whatever order they were gathered', () => {
    fc.assert(
      fc.property(
        anyPlan.chain(({ snapshot, policy, plan }) =>
          shuffled(snapshot).map((other) => ({ policy, plan, other })),
        ),
        ({ policy, plan, other }) => {
          expect(planOf(other, policy)).toEqual(plan);
        },
      ),
      options,
    );
  });

  test('another version on a node gives another basis and another digest', () => {
    fc.assert(
      fc.property(anyPlan, ({ snapshot, policy, plan }) => {
        const [first, ...others] = snapshot.nodes;
        if (first === undefined) return;
        const changed = planOf(
          { ...snapshot, nodes: [{ ...first, kubeletVersion: version('1.33.12') }, ...others] },
          policy,
        );
        expect(changed.basis).not.toBe(plan.basis);
        expect(changed.digest).not.toBe(plan.digest);
      }),
      options,
    );
  });
});

describe('of what comes after', () => {
  test('planning the finished cluster gives nothing to do', () => {
    fc.assert(
      fc.property(anyPlan, ({ snapshot, policy, plan }) => {
        const finished = statesOf(snapshot, stepsOf(plan)).at(-1) ?? snapshot;
        const again = planUpgrade({ cluster: snapshot.cluster, target }, finished, policy);
        expect(again.kind === 'refusal' && isUpToDate(again)).toBe(true);
      }),
      options,
    );
  });

  test('a run that stopped after any step is finished by a new plan, which violates no skew rule either', () => {
    fc.assert(
      fc.property(anyPlan, fc.nat(), ({ snapshot, policy, plan }, at) => {
        const states = statesOf(snapshot, stepsOf(plan));
        const stopped = states[at % (states.length - 1)] ?? snapshot;
        const resumed = planUpgrade({ cluster: snapshot.cluster, target }, stopped, policy);
        if (resumed.kind === 'refusal') {
          expect(isUpToDate(resumed), resumed.findings[0]?.summary ?? '').toBe(true);
          return;
        }
        const onTheWay = statesOf(stopped, stepsOf(resumed));
        expect(onTheWay.flatMap(skewViolations)).toEqual([]);
        const finished = onTheWay.at(-1) ?? stopped;
        const again = planUpgrade({ cluster: snapshot.cluster, target }, finished, policy);
        expect(again.kind === 'refusal' && isUpToDate(again)).toBe(true);
        // What the stopped run had cordoned is still its own, and people are told so.
        const left = stopped.nodes
          .filter((node) => node.cordonedByRun === simulatedRun)
          .map((node) => node.name);
        const told = resumed.findings.find((finding) => finding.code === 'node.cordoned-by-run')?.objects;
        for (const name of left) expect(told).toContainEqual({ kind: 'Node', name });
      }),
      options,
    );
  });

  test('a blocker always refuses', () => {
    const breaks: ((snapshot: Snapshot) => Snapshot)[] = [
      (snapshot) => ({
        ...snapshot,
        nodes: snapshot.nodes.map((node, at) => (at === 0 ? { ...node, ready: false } : node)),
      }),
      (snapshot) => ({ ...snapshot, nodes: snapshot.nodes.filter((node) => node.role === 'worker') }),
      (snapshot) => ({
        ...snapshot,
        certificates: [
          {
            node: snapshot.nodes[0]?.name ?? ('cp-1' as never),
            name: 'apiserver',
            expiresAt: '2026-01-01T00:00:00Z',
          },
        ],
      }),
      (snapshot) => ({ ...snapshot, etcd: { topology: 'stacked', members: [] } }),
    ];
    fc.assert(
      fc.property(anySnapshot, anyPolicy, fc.constantFrom(...breaks), (snapshot, policy, broken) => {
        const plan = planUpgrade({ cluster: snapshot.cluster, target }, broken(snapshot), policy);
        expect(plan.kind).toBe('refusal');
        expect(plan.findings.some((finding) => finding.severity === 'blocker')).toBe(true);
      }),
      options,
    );
  });
});
