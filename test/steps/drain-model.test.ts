import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { NodeName, StepKey } from '../../src/domain/names.ts';
import type { DrainNode } from '../../src/domain/step.ts';
import { drainNode } from '../../src/steps/drain/drain-node.ts';
import { attempt, testContext } from '../support/attempts.ts';
import { fakeKubernetes, nodeObject, podObject } from '../support/fake-kubernetes.ts';
import { waitingClock } from '../support/waiting-clock.ts';

const node = NodeName.parse('w-01');
const step: DrainNode = {
  kind: 'drain-node',
  key: StepKey.parse('v1.34.9/w-01/drain-node'),
  input: { node },
};
const budgetSays = 'The disruption budget db needs 2 healthy pods and has 2 currently';

/** One pod of the model: when its budget opens, how long it takes to end, and whether its eviction is refused for good. */
const modelPod = fc.record({
  kind: fc.constantFrom('managed', 'managed', 'managed', 'mirror', 'daemon', 'finished'),
  opensAfterMs: fc.constantFrom(0, 0, 500, 4_000, 30_000, 10_000_000),
  terminationMs: fc.constantFrom(0, 0, 1_000, 30_000, 10_000_000),
  refused: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});

test('any mix of pods ends as the model says: each evictable one once, the others never', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(modelPod, { maxLength: 40 }), async (models) => {
      const world = waitingClock();
      const fake = fakeKubernetes(world);
      fake.nodes.set(node, nodeObject('w-01'));
      fake.daemonSets.set('kube-system/agent', {
        image: 'x',
        desired: 1,
        updated: 1,
        available: 1,
        observed: true,
      });
      const began = world.now();
      const pods = models.map((model, index) => ({
        model,
        pod: podObject(`shop/p-${index}`, {
          node,
          isMirror: model.kind === 'mirror',
          phase: model.kind === 'finished' ? 'Failed' : 'Running',
          ...(model.kind === 'daemon'
            ? { namespace: 'kube-system', controller: { kind: 'DaemonSet', name: 'agent' } }
            : {}),
        }),
      }));
      const modelOf = new Map(pods.map(({ model, pod }) => [pod.uid, model]));
      for (const { pod } of pods) fake.pods.set(pod.uid, pod);
      fake.terminationMs = ({ uid }) => modelOf.get(uid)?.terminationMs ?? 0;
      fake.onEvict = ({ uid }) => {
        const model = modelOf.get(uid);
        if (model?.refused) return { status: 'refused', code: 500, message: 'webhook' };
        return world.now() - began < (model?.opensAfterMs ?? 0)
          ? { status: 'blocked', message: budgetSays }
          : undefined;
      };

      const toLeave = pods.filter(({ model }) => model.kind === 'managed' || model.kind === 'finished');
      const fails = toLeave.some(
        ({ model }) => model.refused || model.opensAfterMs + model.terminationMs > 1_000_000,
      );
      const tried = await attempt(
        drainNode({ kubernetesOf: () => fake, clock: world }),
        step,
        testContext({ policy: { drain: { timeoutSeconds: 600 } } }),
      );

      expect(tried.status).toBe(fails ? 'failed' : 'succeeded');
      const evicted = fake.journal.filter((line) => line.startsWith('evict'));
      expect(new Set(evicted).size).toBe(evicted.length);
      const expected = toLeave.filter(({ model }) => !model.refused && model.opensAfterMs < 1_000_000);
      expect(evicted.toSorted()).toEqual(expected.map(({ pod }) => `evict shop/${pod.name}`).toSorted());
      if (tried.status === 'failed') {
        const codes = toLeave.map(({ model }) =>
          model.refused
            ? 'drain.eviction-failed'
            : model.opensAfterMs > 1_000_000
              ? 'drain.pdb-blocked'
              : 'drain.pod-stuck',
        );
        expect(codes).toContain(tried.failure.code);
        expect(world.now() - began).toBeLessThanOrEqual(600_000 + 5_000);
      }
    }),
    { seed: 20261123, numRuns: 80 },
  );
});
