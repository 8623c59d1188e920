import { expect, test } from 'vitest';
import { readinessOf } from '../../../src/adapters/http/readiness.ts';
import { realClock, storeApprovedRun } from '../../support/running.ts';
import { tempStore } from '../../support/temp-store.ts';

test('a store that answers is ready', async () => {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  expect(await readinessOf(store, () => '1 run under way')).toEqual({
    ready: true,
    detail: '1 run under way',
  });
});

test('a store that does not answer is not ready, and says why', async () => {
  const store = tempStore(realClock);
  await store.close();
  const { ready, detail } = await readinessOf(store, () => '');
  expect(ready).toBe(false);
  expect(detail).toContain('not open');
});
