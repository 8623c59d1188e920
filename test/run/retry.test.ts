import { expect, test } from 'vitest';
import type { Failure, FailureCode } from '../../src/domain/failure.ts';
import { Policy } from '../../src/domain/policy.ts';
import { retryDelayMs } from '../../src/run/next/retry.ts';

const { retries } = Policy.parse({
  retries: { attempts: 8, firstDelaySeconds: 10, longestDelaySeconds: 60 },
});

function failure(code: FailureCode, retry: Failure['retry'] = 'transient'): Failure {
  return { code, message: 'it failed', facts: {}, lastWords: [], retry };
}

/** Delays in seconds until a person is asked. */
function delays(of: Failure, random = 0.5, budgetFrom = 1): number[] {
  const seconds: number[] = [];
  for (let attempt = budgetFrom; ; attempt += 1) {
    const delay = retryDelayMs(of, { attempt, budgetFrom }, retries, random);
    if (delay === undefined) return seconds;
    seconds.push(delay / 1_000);
  }
}

test('waits double up to the longest, and a person is asked after the last try that policy allows', () => {
  expect(delays(failure('packages.locked'))).toEqual([10, 20, 40, 60, 60, 60, 60]);
});

test('nodes that failed together come back apart, by a fifth at most', () => {
  expect(delays(failure('packages.locked'), 0)[0]).toBe(8);
  expect(delays(failure('packages.locked'), 0.999)[0]).toBeCloseTo(12, 1);
});

test('a pull that kubeadm has tried again and again by itself comes to a person after the third time', () => {
  expect(delays(failure('images.pull-failed'))).toHaveLength(2);
});

test('a person’s retry begins the count anew', () => {
  expect(delays(failure('images.pull-failed'), 0.5, 4)).toHaveLength(2);
});

test('what does not pass by itself is asked about at once', () => {
  expect(delays(failure('packages.locked', 'halt'))).toEqual([]);
});
