import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { testContext } from '../support/attempts.ts';
import { podObject } from '../support/fake-kubernetes.ts';
import { budgetSays, drainWorld, node, pdb } from './drain-support.ts';

const never = 10_000_000;

/** One pod of the model: when its budget opens, how long it takes to end, and whether its eviction is refused for good. */
const modelPod = fc.record({
  kind: fc.constantFrom('managed', 'managed', 'managed', 'mirror', 'daemon', 'foreign-daemon', 'finished'),
  opensAfterMs: fc.constantFrom(0, 0, 500, 4_000, 30_000, never),
  terminationMs: fc.constantFrom(0, 0, 1_000, 30_000, never),
  refused: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  group: fc.constantFrom(0, 0, 0, 1, 2),
  /** When it has run to its end; absent: nobody waits for that. */
  finishesAfterMs: fc.option(fc.constantFrom(0, 2_500, 45_000, never), { nil: undefined, freq: 5 }),
});
type ModelPod = typeof modelPod extends fc.Arbitrary<infer T> ? T : never;

/** What happens to the API server meanwhile: watches are cut, and it is away for a time. */
const weather = fc.record({
  cuts: fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 4 }),
  away: fc.option(
    fc.record({ fromMs: fc.integer({ min: 1, max: 40_000 }), forMs: fc.integer({ min: 1, max: 30_000 }) }),
    { nil: undefined },
  ),
  /** Whether budgets can be seen. */
  seesBudgets: fc.boolean(),
});

const leaves = ({ kind }: ModelPod): boolean => !['mirror', 'daemon'].includes(kind);
const order = [{}, { labelSelector: 'group=1' }, { labelSelector: 'group=2' }];

/** Whether a pod leaves at all, asked for at a moment of its group's turn. */
const isStuck = ({ refused, opensAfterMs, terminationMs, finishesAfterMs }: ModelPod): boolean =>
  refused || opensAfterMs === never || terminationMs === never || finishesAfterMs === never;

test('any mix of pods in any weather ends as the model says: each evictable one once, the others never', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(modelPod, { maxLength: 30 }),
      weather,
      async (models, { cuts, away, seesBudgets }) => {
        const world = drainWorld();
        const { kubernetes } = world;
        kubernetes.daemonSets.set('kube-system/agent', {
          image: 'x',
          desired: 1,
          updated: 1,
          available: 1,
          observed: true,
        });
        const pods = models.map((model, index) => ({
          model,
          pod: podObject(`shop/p-${index}`, {
            node,
            labels: { group: String(model.group), app: `b-${index}` },
            annotations:
              model.finishesAfterMs === undefined ? {} : { 'k8s-upgrade-bot/wait-completed': 'true' },
            isMirror: model.kind === 'mirror',
            phase: model.kind === 'finished' ? 'Failed' : 'Running',
            ...(model.kind === 'daemon'
              ? { namespace: 'kube-system', controller: { kind: 'DaemonSet', name: 'agent' } }
              : {}),
            ...(model.kind === 'foreign-daemon'
              ? { controller: { kind: 'DaemonSet.apps.kruise.io', name: 'agent' } }
              : {}),
          }),
        }));
        const modelOf = new Map(pods.map(({ model, pod }) => [pod.uid, model]));
        world.put(...pods.map(({ pod }) => pod));
        for (const [index, { model, pod }] of pods.entries()) {
          const { opensAfterMs, finishesAfterMs = never } = model;
          if (seesBudgets) {
            kubernetes.pdbs.set(pod.uid, pdb(`b-${index}`, 0));
            if (opensAfterMs !== never)
              world.after(opensAfterMs, () => kubernetes.pdbs.set(pod.uid, pdb(`b-${index}`, 1)));
          }
          if (finishesAfterMs !== never && leaves(model) && model.kind !== 'finished') {
            world.after(finishesAfterMs, () => {
              const present = kubernetes.pods.get(pod.uid);
              if (present) kubernetes.pods.set(pod.uid, { ...present, phase: 'Succeeded' });
            });
          }
        }
        for (const at of cuts) {
          world.after(at, () => {
            kubernetes.watches.cuts += 1;
            kubernetes.pods.set('x', podObject('other/x'));
            kubernetes.pdbs.set('x', pdb('x', 0));
          });
        }
        if (away) {
          let isAway = false;
          kubernetes.unavailable = () => isAway;
          world.after(away.fromMs, () => {
            isAway = true;
          });
          world.after(away.fromMs + away.forMs, () => {
            isAway = false;
            kubernetes.pods.set('y', podObject('other/y'));
          });
        }
        kubernetes.terminationMs = ({ uid }) => modelOf.get(uid)?.terminationMs ?? 0;
        kubernetes.onEvict = ({ uid, labels }) => {
          const model = modelOf.get(uid);
          if (model?.refused) return { status: 'refused', code: 500, message: 'webhook' };
          return world.elapsed() < (model?.opensAfterMs ?? 0)
            ? { status: 'blocked', message: budgetSays.replace('budget db', `budget ${labels.app}`) }
            : undefined;
        };

        const toLeave = pods.filter(({ model }) => leaves(model));
        const firstStuck = Math.min(
          ...toLeave.filter(({ model }) => isStuck(mended(model))).map(({ model }) => model.group),
        );
        const context = testContext({
          policy: {
            drain: {
              timeoutSeconds: 600,
              patienceSeconds: 20,
              order,
              waitCompleted: { timeoutSeconds: 600 },
            },
          },
        });
        const tried = await world.drain(context);

        expect(tried.status).toBe(Number.isFinite(firstStuck) ? 'failed' : 'succeeded');
        const evicted = kubernetes.journal.filter((line) => line.startsWith('evict'));
        expect(new Set(evicted).size).toBe(evicted.length);
        // Those of a later group than the first in which one stays are not asked for.
        const expected = toLeave.filter(
          ({ model }) =>
            model.group <= firstStuck &&
            !model.refused &&
            model.opensAfterMs !== never &&
            mended(model).finishesAfterMs !== never,
        );
        expect(evicted.toSorted()).toEqual(expected.map(({ pod }) => `evict shop/${pod.name}`).toSorted());
        // Nobody is asked for before all of the groups before it are gone.
        expect(world.elapsed()).toBeLessThanOrEqual(600_000 + 605_000);
        expect(kubernetes.watches.open).toBe(0);
        if (tried.status === 'failed') {
          expect(['drain.eviction-failed', 'drain.pdb-blocked', 'drain.pod-stuck']).toContain(
            tried.failure.code,
          );
          expect(
            context.standstills.length === 0 ||
              context.standstills.every(({ blockages }) => blockages.length > 0),
          ).toBe(true);
        }
      },
    ),
    { seed: 20261123, numRuns: 150 },
  );
});

/** A pod that had finished before is not waited for, nor does it matter when it would have. */
function mended(model: ModelPod): ModelPod {
  return model.kind === 'finished' ? { ...model, finishesAfterMs: undefined } : model;
}
