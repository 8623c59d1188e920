import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';

describe('the system clock', () => {
  it('sleeps at least as long as it was asked to', async () => {
    const before = performance.now();
    await systemClock.sleep(30);
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  it('wakes at once, and without an error, when the signal fires', async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error('stop'));
    expect(await sleeping).toBeUndefined();
  });

  it('does not sleep when the signal has fired already', async () => {
    expect(await systemClock.sleep(60_000, AbortSignal.abort())).toBeUndefined();
  });

  it('sleeps through what a timer cannot count', async () => {
    const controller = new AbortController();
    let woken = false;
    const sleep = async () => {
      await systemClock.sleep(30 * 86_400_000, controller.signal);
      woken = true;
    };
    const sleeping = sleep();
    await systemClock.sleep(20);
    expect(woken).toBe(false);
    controller.abort();
    await sleeping;
  });

  it('returns at once for a time that has passed', async () => {
    expect(await systemClock.sleep(-5)).toBeUndefined();
  });
});
