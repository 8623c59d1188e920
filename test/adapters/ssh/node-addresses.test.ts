import { describe, expect, test } from 'vitest';
import { createNodeAddresses } from '../../../src/adapters/ssh/node-addresses.ts';
import { StepFailure } from '../../../src/domain/failure.ts';
import { type ClusterName, NodeName } from '../../../src/domain/names.ts';
import type { Run } from '../../../src/domain/run.ts';
import type { NodeObject } from '../../../src/ports/kubernetes.ts';
import { nodeObject } from '../../support/fake-kubernetes.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const cluster = 'prod-eu' as ClusterName;
const cp1 = NodeName.parse('cp-1');
const away = () => Promise.reject(new StepFailure('kubernetes.unavailable', 'No API server answers.'));
const silent = () => new Promise<never>(() => undefined);
const at = (address: string) => Promise.resolve({ ...nodeObject('cp-1'), internalAddress: address });
const runAt = (address: string) =>
  ({ plan: { origin: { nodes: [{ node: cp1, role: 'control-plane', address }] } } }) as unknown as Run;

function addresses(runs: readonly Run[] = []) {
  const clock = new ManualClock();
  const api: { answer: () => Promise<NodeObject | undefined> } = { answer: away };
  const addressOf = createNodeAddresses({
    kubernetesOf: () => ({ getNode: () => api.answer() }),
    store: { list: async () => [...runs] },
    clock,
  });
  return { api, clock, addressOf: () => addressOf(cluster, cp1) };
}

describe('the address of a node', () => {
  test('is what the API says, though an older plan says otherwise', async () => {
    const { api, addressOf } = addresses([runAt('10.0.0.1')]);
    api.answer = () => at('10.0.0.11');
    expect(await addressOf()).toBe('10.0.0.11');
  });

  test('is the node’s name where the cluster knows none', async () => {
    const { api, addressOf } = addresses();
    api.answer = async () => undefined;
    expect(await addressOf()).toBe('cp-1');
  });

  test('is what the API said last while it does not answer', async () => {
    const { api, addressOf } = addresses([runAt('10.0.0.1')]);
    api.answer = () => at('10.0.0.11');
    await addressOf();
    api.answer = away;
    expect(await addressOf()).toBe('10.0.0.11');
  });

  test('is what the newest plan found, for a process that started when no API server answered any more', async () => {
    expect(await addresses([runAt('10.0.0.12'), runAt('10.0.0.1')]).addressOf()).toBe('10.0.0.12');
  });

  test('is not waited for longer than a moment where an API server hangs', async () => {
    const { api, clock, addressOf } = addresses([runAt('10.0.0.12')]);
    api.answer = silent;
    const asked = addressOf();
    await clock.advance(3_000);
    expect(await asked).toBe('10.0.0.12');
  });

  test('is waited for where nobody remembers one', async () => {
    const { api, clock, addressOf } = addresses();
    const { promise, resolve } = Promise.withResolvers<NodeObject>();
    api.answer = () => promise;
    const asked = addressOf();
    await clock.advance(10_000);
    resolve(await at('10.0.0.11'));
    expect(await asked).toBe('10.0.0.11');
  });

  test('is not made up: without the API and without a plan it fails as the API does', async () => {
    await expect(addresses().addressOf()).rejects.toMatchObject({ code: 'kubernetes.unavailable' });
  });
});
