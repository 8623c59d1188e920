import { expect, test } from 'vitest';
import { parseUpgradeCommand } from '../../src/intent/parse-upgrade-command.ts';

const read = (text: string) => parseUpgradeCommand(text, { clusters: ['prod-eu', 'staging-us'] });
const plan = { kind: 'plan', cluster: 'prod-eu', target: { kind: 'minor', minor: '1.34' } };

test.each([
  ['plan prod-eu 1.34 at 22:00', { ...plan, start: { kind: 'at', time: '22:00' } }],
  ['plan prod-eu 1.34 at 7:05', { ...plan, start: { kind: 'at', time: '07:05' } }],
  ['plan prod-eu 1.34 AT 22.00', { ...plan, start: { kind: 'at', time: '22:00' } }],
  [
    'plan prod-eu 1.34 at 2026-11-24 22:00',
    { ...plan, start: { kind: 'at', time: '22:00', date: '2026-11-24' } },
  ],
  [
    'plan prod-eu 1.34 at 2026-11-24T22:00',
    { ...plan, start: { kind: 'at', time: '22:00', date: '2026-11-24' } },
  ],
  ['plan prod-eu 1.34 next window', { ...plan, start: { kind: 'next-window' } }],
  ['plan prod-eu 1.34 in the next window', { ...plan, start: { kind: 'next-window' } }],
  ['plan prod-eu 1.34 in hops at 22:00', { ...plan, inHops: true, start: { kind: 'at', time: '22:00' } }],
  ['incident start', { kind: 'incident', action: 'start' }],
  ['incident end', { kind: 'incident', action: 'end' }],
])('%j is understood', (text, intent) => {
  expect(read(text)).toEqual(intent);
});

test.each([
  ['plan prod-eu 1.34 at', '/k8s-upgrade plan prod-eu 1.34 at 22:00'],
  ['plan prod-eu 1.34 at 25:00', '/k8s-upgrade plan prod-eu 1.34 at 22:00'],
  ['plan prod-eu 1.34 at noon', '/k8s-upgrade plan prod-eu 1.34 at 22:00'],
  ['plan prod-eu 1.34 at 2026-13-41 22:00', '/k8s-upgrade plan prod-eu 1.34 at 22:00'],
  ['plan prod-ue 1.34 at 22:00', '/k8s-upgrade plan prod-eu 1.34 at 22:00'],
  ['plan prod-eu at 22:00', '/k8s-upgrade plan prod-eu'],
  ['incident', '/k8s-upgrade incident start'],
  ['incident begin', '/k8s-upgrade incident start'],
])('%j gets a line that works', (text, suggestion) => {
  expect(read(text)).toMatchObject({ kind: 'usage-error', suggestion });
});
