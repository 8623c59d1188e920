import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Started, started } from '../../sandbox/cluster/support/started.ts';
import { arm, canDrain, drainCases, objectsOf } from '../../support/drain-oracle/cases.ts';
import { byBot, byKubectl, kubernetesAt, sideBySide } from '../../support/drain-oracle/drains.ts';
import { makers } from '../../support/drain-oracle/kinds.ts';

const seed = Number(process.env['DRAIN_SEED'] ?? Math.floor(Math.random() * 1_000_000));
/** Long enough for what kubectl looks at every five seconds, pod after pod. */
const timeoutSeconds = 30;
const nodes = 40;
const version = 'v1.33.13';
const cases = drainCases(seed, nodes);

/** Two clusters with the same content: one for each drain. */
const clusters: Started[] = [];
const apis: ReturnType<typeof kubernetesAt>[] = [];
beforeAll(async () => {
  console.log(`Nodes of seed ${seed}: DRAIN_SEED=${seed} makes them again.`);
  for (const name of ['kubectl', 'bot']) {
    const cluster = await started({
      name,
      workers: 0,
      timeScale: 4,
      workload: { objects: objectsOf(cases, version) },
    });
    arm(cluster.model, cases);
    clusters.push(cluster);
    apis.push(kubernetesAt(cluster.kubeconfigPath));
  }
});
afterAll(async () => {
  for (const api of apis) api.close();
  await Promise.all(clusters.map((cluster) => cluster.end()));
});

describe(`${nodes} generated nodes of seed ${seed}, drained by kubectl and by the bot`, () => {
  test('have pods of every kind', () => {
    expect(new Set(cases.flatMap(({ kinds }) => kinds))).toEqual(new Set(Object.keys(makers)));
  });

  test('the same pods go, the same stay, and the same are refused', { timeout: 300_000 }, async () => {
    const [forKubectl, forBot] = clusters;
    const [kubectlApi, botApi] = apis;
    if (!forKubectl || !forBot || !kubectlApi || !botApi) throw new Error('no clusters');
    const drains = {
      kubectl: byKubectl(forKubectl.kubeconfigPath, kubectlApi, timeoutSeconds),
      bot: byBot(botApi, timeoutSeconds),
    };
    const results = await sideBySide(cases, drains, 10);
    const counts = Object.entries(Object.groupBy(results, ({ kubectl }) => kubectl.ended));
    console.log(`By kubectl: ${counts.map(([ended, of]) => `${of?.length} ${ended}`).join(', ')}.`);
    for (const { one, kubectl, bot } of results) {
      const { ended, refused, left } = bot;
      const of = `${one.node} (${one.kinds.join(', ')}), seed ${seed}\n${kubectl.said}\n${bot.said}`;
      expect({ ended, refused, left }, of).toEqual({
        ended: kubectl.ended,
        refused: kubectl.refused,
        left: kubectl.left,
      });
      // The cases are what they are meant to be.
      expect(ended === 'drained', of).toBe(canDrain(one));
      if (refused.length > 0)
        expect(left.length, of).toBeGreaterThanOrEqual(one.objects.filter(isPod).length - 2);
    }
    for (const { journal } of clusters) {
      const evicted = cases.filter(({ node }) => journal.of('evict', node).length > 0);
      const refusedNodes = results.filter(({ bot }) => bot.ended === 'refused').map(({ one }) => one);
      expect(evicted.filter((one) => refusedNodes.includes(one))).toEqual([]);
    }
  });
});

const isPod = ({ kind }: { kind: string }): boolean => kind === 'Pod';
