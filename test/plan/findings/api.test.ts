import { describe, expect, test } from 'vitest';
import type { ApiRequests, StoredApiUse } from '../../../src/domain/api-facts.ts';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { removedApis } from '../../../src/plan/data/removed-apis.ts';
import { policyOf, type SnapshotOptions } from '../../support/snapshots.ts';
import { findingsOf, testRows } from './support.ts';

const given = (overrides: Partial<Snapshot>): SnapshotOptions => ({ overrides });

const since = '2026-11-20T08:30:00.000Z' as never;
const none: ApiRequests = { get: 0, list: 0, watch: 0, write: 0 };

/** Uses of one API on so many servers. */
function asked(removedRelease: string, requests: ApiRequests | 'not told', servers = 3): SnapshotOptions {
  const use = {
    group: 'admissionregistration.k8s.io',
    version: 'v1beta1',
    resource: 'validatingadmissionpolicies',
    subresource: '',
    removedRelease,
    ...(requests === 'not told' ? {} : { requests }),
  };
  return given({
    apiUses: Array.from({ length: servers }, (_, index) => ({
      endpoint: `https://10.0.0.${11 + index}:6443`,
      since,
      uses: [use],
    })),
  });
}

const policyObject = (use: Partial<StoredApiUse>): StoredApiUse => ({
  source: 'managed-fields',
  apiVersion: 'admissionregistration.k8s.io/v1beta1',
  kind: 'ValidatingAdmissionPolicy',
  name: 'no-latest',
  by: 'argocd',
  ...use,
});
const later = { apiVersion: 'networking.k8s.io/v1beta1', kind: 'ServiceCIDR', name: 'extra' };

const backends = (ready: number, ...nodes: string[]) => ({
  namespace: 'guard',
  name: 'guard',
  ready,
  nodes: nodes as never[],
});
const webhook = (of: ReturnType<typeof backends>, narrowed = false) =>
  given({
    webhooks: [
      {
        kind: 'ValidatingWebhookConfiguration',
        configuration: 'guard',
        webhook: 'evictions.example.com',
        matches: ['pods/eviction', 'pods'],
        narrowed,
        backends: of,
      },
    ],
  });
const crd = (stored: string[], versions: [string, boolean][], ready?: number) =>
  given({
    crds: [
      {
        name: 'widgets.example.com',
        versions: versions.map(([name, served]) => ({ name, served })),
        storedVersions: stored,
        ...(ready === undefined ? {} : { conversion: backends(ready) }),
      },
    ],
  });

testRows([
  {
    code: 'api.removed-in-use',
    severity: 'blocker',
    title: 'an API that the target lacks is listed and written',
    options: asked('1.34', { ...none, list: 9, write: 3 }),
    objects: ['admissionregistration.k8s.io/v1beta1 validatingadmissionpolicies'],
    says: 'which 1.34 no longer serves, is in use: written 9 times, listed 27 times since 2026-11-20 08:30 UTC (3 of 3 API servers asked)',
  },
  {
    code: 'api.removed-in-use',
    severity: 'blocker',
    title: 'an API that the target lacks is asked for, and nobody tells how often',
    options: asked('1.34', 'not told', 1),
    objects: ['admissionregistration.k8s.io/v1beta1 validatingadmissionpolicies'],
    says: 'how often is not told since 2026-11-20 08:30 UTC (1 of 3 API servers asked)',
  },
  {
    code: 'api.removed-only-discovered',
    severity: 'info',
    title: 'a client only discovers an API that the target lacks',
    options: asked('1.34', none),
    objects: ['admissionregistration.k8s.io/v1beta1 validatingadmissionpolicies'],
    says: 'discovery alone',
  },
  {
    code: 'api.deprecated-in-use',
    severity: 'info',
    title: 'an API that goes later is in use',
    options: asked('1.37', { ...none, get: 1 }),
    objects: ['admissionregistration.k8s.io/v1beta1 validatingadmissionpolicies'],
    says: 'validatingadmissionpolicies (1.37)',
  },
  {
    code: 'api.removed-in-objects',
    severity: 'warning',
    title: 'an object was written through what the target lacks',
    options: given({
      storedApis: [policyObject({}), policyObject({ source: 'last-applied', by: 'kubectl apply' })],
    }),
    objects: ['no-latest'],
    says: '1 object was written through admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicy, which 1.34 no longer serves: no-latest, by argocd and kubectl apply',
  },
  {
    code: 'api.removed-in-helm-release',
    severity: 'warning',
    title: 'a Helm release has what the target lacks',
    options: given({
      storedApis: [policyObject({ source: 'helm-release', by: 'guard', namespace: 'ops' })],
    }),
    objects: ['no-latest'],
    says: 'in their manifests: guard (ops/no-latest)',
  },
  {
    code: 'api.deprecated-in-objects',
    severity: 'info',
    title: 'an object was written through what goes later',
    options: given({ storedApis: [policyObject(later)] }),
    objects: ['extra'],
    says: 'networking.k8s.io/v1beta1 ServiceCIDR (1.37, 1 object)',
  },
  {
    code: 'crd.stored-version-gone',
    severity: 'blocker',
    title: 'objects are stored in a version that is gone',
    options: crd(['v1alpha1', 'v1'], [['v1', true]]),
    objects: ['widgets.example.com'],
    says: 'stored as v1alpha1, which its definition no longer has',
  },
  {
    code: 'crd.stored-version-unserved',
    severity: 'warning',
    title: 'objects are stored in a version that is no longer served',
    options: crd(
      ['v1alpha1', 'v1'],
      [
        ['v1alpha1', false],
        ['v1', true],
      ],
    ),
    objects: ['widgets.example.com'],
    says: 'stored as v1alpha1, which is no longer served',
  },
  {
    code: 'crd.conversion-webhook-down',
    severity: 'warning',
    title: 'nobody converts',
    options: crd(
      ['v1'],
      [
        ['v1beta1', true],
        ['v1', true],
      ],
      0,
    ),
    objects: ['widgets.example.com', 'guard'],
    says: 'converted by guard/guard, which has no ready endpoint',
  },
  {
    code: 'webhook.down',
    severity: 'blocker',
    title: 'a fail-closed webhook has nobody behind it',
    options: webhook(backends(0)),
    objects: ['guard', 'guard'],
    says: 'refuses evictions and new pods and their deletion (all of them) when it does not answer, and guard/guard behind it has no ready endpoint',
  },
  {
    code: 'webhook.down',
    severity: 'blocker',
    title: 'a fail-closed webhook with selectors has nobody behind it',
    options: webhook(backends(0), true),
    objects: ['guard', 'guard'],
    says: '(those that its selectors take)',
  },
  {
    code: 'webhook.on-one-node',
    severity: 'warning',
    title: 'all of a fail-closed webhook is on one node',
    options: webhook(backends(2, 'w-2')),
    objects: ['guard', 'guard', 'w-2'],
    says: 'all of guard/guard runs on w-2, which is drained',
  },
]);

describe('and not when it should not', () => {
  const done = {
    kubeletVersion: '1.34.9',
    host: { packages: { kubeadm: '1.34.9', kubelet: '1.34.9' } },
  } as never;
  test.each<[string, SnapshotOptions]>([
    ['an API without a planned removal', asked('', { ...none, list: 5 })],
    ['an API that went before the present version', asked('1.29', { ...none, list: 5 })],
    ['objects of what went long ago', given({ storedApis: [policyObject({ apiVersion: 'v1' })] })],
    ['a definition whose versions are all served', crd(['v1'], [['v1', true]], 1)],
    ['a webhook with endpoints on two nodes', webhook(backends(2, 'w-1', 'w-2'))],
    ['a webhook on a node whose name is not known', webhook(backends(1))],
    [
      'a webhook on a node that is not drained',
      {
        ...webhook(backends(1, 'w-2')),
        nodes: { 'w-2': { ...(done as object), kubeletVersion: 'v1.34.9' as never } },
      },
    ],
    ['nothing of it', given({ apiUses: [], storedApis: [], crds: [], webhooks: [] })],
  ])('%s', (_title, options) => {
    expect(findingsOf(options).filter(({ code }) => /^(api|crd|webhook)\./.test(code))).toEqual([]);
  });

  test('a webhook on a node that policy leaves out', () => {
    const policy = policyOf({ nodes: { exclude: ['w-2'] } });
    const codes = findingsOf(webhook(backends(1, 'w-2')), policy).map(({ code }) => code);
    expect(codes).not.toContain('webhook.on-one-node');
  });

  test('a patch upgrade takes no API away', () => {
    const options = { ...asked('1.34', { ...none, list: 1 }), offered: ['1.33.14'] };
    const codes = findingsOf(options, policyOf(), '1.33.14').map(({ code }) => code);
    expect(codes).toContain('api.deprecated-in-use');
    expect(codes).not.toContain('api.removed-in-use');
  });
});

test('the table of removed APIs names each once, with a group, a plural and what takes its place', () => {
  const keys = removedApis.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { apiVersion, resource, instead, listedBy } of removedApis) {
    expect(apiVersion).toMatch(/^[a-z0-9.]+\/v\d+((alpha|beta)\d+)?$/);
    expect(resource).toMatch(/^[a-z]+s$/);
    if (instead !== undefined) expect(instead).toMatch(/^[a-z0-9.]+\/v\d/);
    if (listedBy) expect(listedBy.apiVersion).toBe(instead ?? listedBy.apiVersion);
  }
  const plurals = Object.fromEntries(removedApis.map(({ kind, resource }) => [kind, resource]));
  expect(plurals).toMatchObject({
    Ingress: 'ingresses',
    IngressClass: 'ingressclasses',
    ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
    IPAddress: 'ipaddresses',
    ServiceCIDR: 'servicecidrs',
  });
});
