import { describe, expect, it } from 'vitest';
import { type DrainCandidate, drainFateOf } from '../../src/domain/drain.ts';

const pod = (overrides: Partial<DrainCandidate> = {}): DrainCandidate => ({
  isMirror: false,
  hasEmptyDir: false,
  phase: 'Running',
  controller: { kind: 'ReplicaSet' },
  ...overrides,
});
const { controller: _, ...alone } = pod();

describe('what a drain does with a pod', () => {
  it.each<[string, DrainCandidate, ReturnType<typeof drainFateOf>]>([
    ['one of a controller', pod(), { fate: 'evicted', loses: [] }],
    ['a mirror pod', pod({ isMirror: true }), { fate: 'stays', because: 'mirror' }],
    ["a DaemonSet's", pod({ controller: { kind: 'DaemonSet' } }), { fate: 'stays', because: 'daemon-set' }],
    ['one with emptyDir', pod({ hasEmptyDir: true }), { fate: 'evicted', loses: ['empty-dir-data'] }],
    ['one without a controller', alone, { fate: 'evicted', loses: ['itself'] }],
    [
      'one with neither',
      { ...alone, hasEmptyDir: true },
      { fate: 'evicted', loses: ['itself', 'empty-dir-data'] },
    ],
    ['a finished one', { ...alone, hasEmptyDir: true, phase: 'Failed' }, { fate: 'evicted', loses: [] }],
    [
      "a DaemonSet's that has finished",
      pod({ controller: { kind: 'DaemonSet' }, phase: 'Succeeded' }),
      { fate: 'evicted', loses: [] },
    ],
  ])('%s', (_, candidate, fate) => {
    expect(drainFateOf(candidate)).toEqual(fate);
  });
});
