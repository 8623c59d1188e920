import { expect, it } from 'vitest';

import { RateLimiter, tier } from '../../../../sandbox/slack/limits/rate.ts';

function at(start = 1_700_000_000_000) {
  let now = start;
  return { now: () => now, pass: (ms: number) => (now += ms) };
}

it('lets 50 calls of Tier 3 through in any minute, and says how long to wait', () => {
  const clock = at();
  const limiter = new RateLimiter('slack', clock);
  for (let call = 0; call < 50; call += 1) {
    expect(limiter.take('chat.update', tier.three, undefined)).toBeUndefined();
    clock.pass(1_000);
  }
  expect(limiter.take('chat.update', tier.three, undefined)).toBe(10);
  clock.pass(9_999);
  expect(limiter.take('chat.update', tier.three, undefined)).toBe(1);
  clock.pass(1);
  expect(limiter.take('chat.update', tier.three, undefined)).toBeUndefined();
  expect(limiter.usage()).toMatchObject([{ method: 'chat.update', used: 50, allowed: 50, refused: 2 }]);
});

it('counts posting for each channel, about one a second with a small burst', () => {
  const clock = at();
  const limiter = new RateLimiter('slack', clock);
  const post = (channel: string) => limiter.take('chat.postMessage', tier.posting, channel);
  expect([1, 2, 3, 4, 5].map(() => post('C1'))).toEqual(Array.from({ length: 5 }));
  expect(post('C1')).toBe(5);
  expect(post('C2')).toBeUndefined();
});

it('can be scaled and switched off', () => {
  const clock = at();
  const scaled = new RateLimiter({ scale: 2 }, clock);
  const off = new RateLimiter('off', clock);
  const count = (limiter: RateLimiter) =>
    Array.from({ length: 500 }, () => limiter.take('a', tier.two, undefined)).filter(
      (wait) => wait === undefined,
    ).length;
  expect(count(scaled)).toBe(40);
  expect(count(off)).toBe(500);
});
