import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { version } from '../../src/domain/version.ts';
import { offeredVersions } from '../../src/snapshot/offered-versions.ts';
import { fakeApi, nodeObject } from './support/fake-cluster.ts';
import { type FakeMachine, fakeHost, switchedOff } from './support/fake-host.ts';

const offers = { '1.33': ['1.33.13', '1.33.12'], '1.34': ['1.34.9', '1.34.8'], '1.35': ['1.35.2'] };
const offer = (machines: Record<string, FakeMachine>, api = fakeApi()) =>
  offeredVersions({ kubernetes: api, hostOf: (node) => fakeHost(node, machines[node] ?? {}) });

describe('the versions on offer', () => {
  it('are those of the present minor and the next, oldest first', async () => {
    expect(await offer({ 'cp-1': { offers } })).toEqual({
      status: 'known',
      current: 'v1.33.13',
      offered: ['v1.33.12', 'v1.33.13', 'v1.34.8', 'v1.34.9'],
    });
  });

  it('reach from the oldest API server to beyond the newest one while an upgrade is half done', async () => {
    const servers = { 'https://a:6443': version('1.34.9'), 'https://b:6443': version('1.33.13') };
    const seen = await offer({ 'cp-1': { offers } }, fakeApi({ serverVersions: async () => servers }));
    expect(seen).toMatchObject({
      current: 'v1.33.13',
      offered: ['v1.33.12', 'v1.33.13', 'v1.34.8', 'v1.34.9', 'v1.35.2'],
    });
  });

  it('are those of the present minor when there is no next one yet', async () => {
    const { '1.33': present } = offers;
    expect(await offer({ 'cp-1': { offers: { '1.33': present } } })).toMatchObject({
      status: 'known',
      offered: ['v1.33.12', 'v1.33.13'],
    });
  });

  it('are asked of another control plane when one cannot be reached, and never of a worker', async () => {
    const nodes = [nodeObject('w-1'), nodeObject('cp-1'), nodeObject('cp-2')];
    const api = fakeApi({ listNodes: async () => nodes });
    const machines = { 'w-1': { offers }, 'cp-1': { unreachable: switchedOff('cp-1') }, 'cp-2': { offers } };
    expect(await offer(machines, api)).toMatchObject({ status: 'known' });
    const none = await offer({ 'w-1': { offers } }, fakeApi({ listNodes: async () => [nodeObject('w-1')] }));
    expect(none).toEqual({ status: 'unknown', problem: 'The cluster shows no control plane node.' });
  });

  it('are unknown, with the reason, when no repository answers', async () => {
    expect(await offer({ 'cp-1': { offers: {} } })).toMatchObject({
      status: 'unknown',
      problem: expect.stringContaining('the repository is not there'),
    });
  });

  it('are unknown when the API server does not answer', async () => {
    const failure = new StepFailure('kubernetes.unavailable', 'Could not list nodes: no answer.');
    const api = fakeApi({ listNodes: () => Promise.reject(failure) });
    expect(await offer({}, api)).toEqual({ status: 'unknown', problem: failure.message });
    const silent = await offer({}, fakeApi({ serverVersions: async () => ({}) }));
    expect(silent).toMatchObject({ status: 'unknown' });
  });
});
