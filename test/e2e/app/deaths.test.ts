import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dieAtRandom } from '../../../sandbox/play/random-deaths.ts';
import { expectUpgradedOnce } from '../../../sandbox/play/witness.ts';
import { type Stage, startRun, startStage, untilItSays } from './support/stage.ts';

/** Fixed, so that a failure can be seen again; E2E_SEED tries others. */
const seed = Number(process.env['E2E_SEED'] ?? 20_261);

describe('a bot that dies again and again', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({
      nodes: { controlPlanes: 3, workers: 3 },
      speed: 150,
      policy: { workers: { canary: 1, batch: 2 } },
    });
  });
  afterAll(() => stage?.stop());

  it(`finishes after ten deaths (seed ${seed}); nothing is done or told twice`, async () => {
    const run = await startRun(stage);
    const over = new AbortController();
    const finished = untilItSays(stage, run, 'is on v1.34.9', 200_000).finally(() => over.abort());
    const deaths = await dieAtRandom(stage.demo, { seed, times: 10, over: over.signal });
    await finished;
    expect(deaths, 'it died too seldom').toHaveLength(10);
    await expectUpgradedOnce(stage.demo.cluster, stage.demo.workspace);
  }, 240_000);
});
