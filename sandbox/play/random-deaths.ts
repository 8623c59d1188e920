import type { Demo } from '../demo/start-demo.ts';

/** A small generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Kills the bot (SIGKILL) some moments into its work, again and again: each time after a random number of effects on the
 * cluster and a random pause of up to 400 ms, chosen by the seed.
 * @param over fires when the run has ended; no further death then
 * @returns what was last done to the cluster before each death
 */
export async function dieAtRandom(
  { cluster, app }: Pick<Demo, 'cluster' | 'app'>,
  { seed, times, over }: { seed: number; times: number; over: AbortSignal },
): Promise<string[]> {
  const random = numbersFrom(seed);
  const deaths: string[] = [];
  while (deaths.length < times && !over.aborted) {
    const effects = 1 + Math.floor(random() * 12);
    await effectsLater(cluster, effects, over);
    await new Promise((resolve) => setTimeout(resolve, random() * 400));
    if (over.aborted) break;
    await app.kill();
    const last = cluster.journal.effects.at(-1);
    deaths.push(`${last?.node ?? ''} ${last?.what ?? 'nothing'}`);
    await app.start();
  }
  return deaths;
}

function effectsLater({ journal }: Demo['cluster'], effects: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let left = effects;
    const finish = (): void => {
      stop();
      over.removeEventListener('abort', finish);
      resolve();
    };
    const stop = journal.onEffect(() => {
      left -= 1;
      if (left <= 0) finish();
    });
    over.addEventListener('abort', finish);
    if (over.aborted) finish();
  });
}
