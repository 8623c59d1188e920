import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Plan, stepsOf } from '../../src/domain/plan.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { nodeOf, type Step } from '../../src/domain/step.ts';
import { minorNumber } from '../../src/domain/version.ts';
import { isUpToDate, planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { anyScenario, type Scenario } from '../support/scenarios.ts';
import { statesOf } from '../support/simulate.ts';
import { kubeadmViolations, kubectlViolations, skewViolations } from '../support/skew-oracle.ts';

const options = { seed: 20_261_124, numRuns: 150 };

const plannedIn = ({ intent, snapshot, policy }: Scenario) => planUpgrade(intent, snapshot, policy);

/** Runs a property on what is planned; a scenario that is refused has a blocker, which is all that is asked of it. */
function ofPlans(
  property: (scenario: Scenario, plan: Plan, steps: Step[], states: Snapshot[]) => void,
): void {
  let planned = 0;
  let inHops = 0;
  fc.assert(
    fc.property(anyScenario, (scenario) => {
      const plan = plannedIn(scenario);
      if (plan.kind === 'refusal') {
        expect(plan.findings.some(({ severity }) => severity === 'blocker')).toBe(true);
        return;
      }
      planned += 1;
      if (plan.hops.length > 1) inHops += 1;
      const steps = stepsOf(plan);
      property(scenario, plan, steps, statesOf(scenario.snapshot, steps));
    }),
    options,
  );
  // A generator whose scenarios are all refused proves nothing.
  expect(planned).toBeGreaterThan(options.numRuns / 2);
  expect(inHops).toBeGreaterThan(options.numRuns / 5);
}

const places = (steps: readonly Step[], kind: Step['kind'], node: string) =>
  steps.flatMap((step, index) => (step.kind === kind && nodeOf(step) === node ? [index] : []));

describe('of every way, patches and several hops alike', () => {
  test('no prefix violates a rule of version skew: kubelets, kube-proxy, controllers, API servers', () => {
    ofPlans(({ snapshot }, _plan, _steps, states) => {
      const before = new Set(skewViolations(snapshot));
      const broken = states.flatMap((state, done) =>
        skewViolations(state)
          .filter((violation) => !before.has(violation))
          .map((violation) => `after ${done} steps: ${violation}`),
      );
      expect(broken).toEqual([]);
      expect(skewViolations(states.at(-1) ?? snapshot)).toEqual([]);
    });
  });

  test('kubeadm is of the minor that it brings, one minor on at most, and kubectl fits where an add-on uses it', () => {
    ofPlans(({ snapshot }, _plan, steps, states) => {
      const broken = steps.flatMap((step, index) => kubeadmViolations(states[index] ?? snapshot, step));
      expect(broken).toEqual([]);
      const before = new Set(kubectlViolations(snapshot));
      const strayed = steps.flatMap((step, index) =>
        step.kind === 'run-addon' ? kubectlViolations(states[index] ?? snapshot, step.input.node) : [],
      );
      expect(strayed.filter((text) => !before.has(text))).toEqual([]);
    });
  });

  test('one control plane at a time, the etcd leader last in every hop, workers only after what they follow', () => {
    ofPlans(({ snapshot }, plan, steps) => {
      const roleOf = new Map(snapshot.nodes.map((node) => [node.name, node.role]));
      for (const phase of plan.phases.filter(({ kind }) => kind !== 'before')) {
        for (const { turns } of phase.batches) {
          const controls = turns.filter(
            ({ subject }) => subject.kind === 'node' && roleOf.get(subject.node) === 'control-plane',
          );
          if (controls.length > 0) expect(turns).toHaveLength(1);
        }
      }
      const leader =
        snapshot.etcd.topology === 'stacked'
          ? snapshot.etcd.members.find(({ isLeader }) => isLeader)?.node
          : undefined;
      for (const hop of plan.hops) {
        const upgrades = steps.filter(
          (step) => step.kind === 'upgrade-control-plane' && step.input.version === hop,
        );
        const nodes = upgrades.map((step) => nodeOf(step));
        if (leader !== undefined && nodes.includes(leader)) expect(nodes.at(-1)).toBe(leader);
        const lastUpgrade = steps.findLastIndex((step) => upgrades.includes(step));
        steps.forEach((step, index) => {
          const waits = step.kind === 'install-kubelet' && step.input.version === hop;
          if (waits && upgrades.length > 0) expect(index, step.key).toBeGreaterThan(lastUpgrade);
        });
      }
    });
  });

  test('every node that is touched is saved before, drained for its kubelet, verified, and uncordoned if it was cordoned', () => {
    ofPlans(({ snapshot }, _plan, steps, states) => {
      for (const { name, unschedulable } of snapshot.nodes) {
        const [first] = places(steps, 'switch-repository', name);
        if (first === undefined) continue;
        expect(Math.min(...places(steps, 'back-up-node-files', name))).toBeLessThan(first);
        const restarts = places(steps, 'restart-kubelet', name);
        const verified = places(steps, 'verify-node', name);
        const uncordoned = places(steps, 'uncordon-node', name);
        expect(verified).toHaveLength(restarts.length);
        expect(uncordoned).toHaveLength(unschedulable ? 0 : restarts.length);
        restarts.forEach((place, turn) => {
          const before = states[place]?.nodes.find((node) => node.name === name);
          expect(before?.unschedulable, `${name} is drained`).toBe(true);
          expect(verified[turn] ?? -1).toBeGreaterThan(place);
          if (!unschedulable) expect(uncordoned[turn] ?? -1).toBeGreaterThan(verified[turn] ?? 0);
        });
      }
      const cordons = (state: Snapshot | undefined) =>
        state?.nodes.filter((node) => node.unschedulable).map((node) => [node.name, node.cordonedByRun]);
      expect(cordons(states.at(-1))).toEqual(cordons(snapshot));
    });
  });

  test('everything is saved once before each hop, under names of its own, and step keys are unique', () => {
    ofPlans(({ snapshot }, plan, steps) => {
      const keys = steps.map((step) => step.key);
      expect(new Set(keys).size).toBe(keys.length);
      const names = steps.flatMap((step) =>
        step.kind === 'back-up-node-files' ? [`${step.input.before ?? ''} ${step.input.node}`] : [],
      );
      expect(new Set(names).size).toBe(names.length);
      const maps = steps.flatMap((step, index) => (step.kind === 'back-up-config-maps' ? [index] : []));
      const controlPlanes = snapshot.nodes.filter(({ role }) => role === 'control-plane').length;
      for (const hop of plan.hops) {
        const first = steps.findIndex(
          (step) => step.kind === 'upgrade-control-plane' && step.input.version === hop,
        );
        if (first < 0) continue;
        const before = maps.filter((place) => place < first);
        // Since the newest of these, nothing of the control plane has changed.
        const since = steps.slice(before.at(-1), first);
        expect(since.filter((step) => step.kind === 'upgrade-control-plane')).toEqual([]);
        expect(since.filter((step) => step.kind === 'back-up-node-files')).toHaveLength(controlPlanes);
        maps.splice(0, before.length, ...before.slice(-1));
      }
      expect(Plan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    });
  });

  test('each hop is one minor, and a kubelet is drained no oftener than skew asks for', () => {
    ofPlans(({ snapshot }, plan, steps) => {
      const minors = [...new Set(plan.hops.map(minorNumber))];
      expect(minors).toHaveLength(plan.hops.length);
      minors.slice(1).forEach((minor, index) => expect(minor - (minors[index] ?? 0)).toBe(1));
      expect(plan.hops.at(-1)).toBe(plan.to);
      for (const { name, role } of snapshot.nodes) {
        if (role === 'control-plane') continue;
        const turns = places(steps, 'restart-kubelet', name).length;
        expect(turns).toBeLessThanOrEqual(1 + Math.ceil((plan.hops.length + 2) / 3));
      }
    });
  });
});

describe('of what comes after', () => {
  test('the finished cluster needs nothing, and the same facts give the same digest', () => {
    ofPlans((scenario, plan, _steps, states) => {
      const finished = states.at(-1) ?? scenario.snapshot;
      const again = plannedIn({ ...scenario, snapshot: finished });
      expect(again.kind === 'refusal' && isUpToDate(again)).toBe(true);
      const same = plannedIn({
        ...scenario,
        snapshot: { ...scenario.snapshot, nodes: scenario.snapshot.nodes.toReversed() },
      });
      expect(same.kind === 'plan' && same.digest).toBe(plan.digest);
    });
  });

  test('a run that stopped after any step is finished by a new plan, which violates no rule either', () => {
    fc.assert(
      fc.property(anyScenario, fc.nat(), (scenario, at) => {
        const plan = plannedIn(scenario);
        if (plan.kind === 'refusal') return;
        const states = statesOf(scenario.snapshot, stepsOf(plan));
        const stopped = states[at % states.length] ?? scenario.snapshot;
        const resumed = plannedIn({ ...scenario, snapshot: stopped });
        if (resumed.kind === 'refusal') {
          expect(isUpToDate(resumed), resumed.findings[0]?.summary ?? '').toBe(true);
          return;
        }
        const steps = stepsOf(resumed);
        const onTheWay = statesOf(stopped, steps);
        const before = new Set(skewViolations(stopped));
        expect(onTheWay.flatMap(skewViolations).filter((text) => !before.has(text))).toEqual([]);
        expect(steps.flatMap((step, index) => kubeadmViolations(onTheWay[index] ?? stopped, step))).toEqual(
          [],
        );
        const again = plannedIn({ ...scenario, snapshot: onTheWay.at(-1) ?? stopped });
        expect(again.kind === 'refusal' && isUpToDate(again)).toBe(true);
      }),
      options,
    );
  });

  test('without being asked to go in hops, what is more than a minor away is refused with the way that would go', () => {
    fc.assert(
      fc.property(anyScenario, ({ snapshot, intent: { inHops, ...intent }, policy }) => {
        fc.pre(inHops === true);
        const refusal = planUpgrade(intent, snapshot, policy);
        expect(refusal.kind).toBe('refusal');
        if (refusal.kind !== 'refusal') return;
        expect(refusal.findings.map(({ code }) => code)).toContain('skew.minor-skipped');
        expect(refusal.inHops?.at(-1)).toBe(intent.target);
      }),
      options,
    );
  });
});
