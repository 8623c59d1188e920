import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { version } from '../../src/domain/version.ts';
import { removedApis } from '../../src/plan/data/removed-apis.ts';
import type { ClusterSurvey, WebhookRule } from '../../src/ports/cluster-survey.ts';
import { readSurvey } from '../../src/snapshot/survey.ts';

const refused = new StepFailure('kubernetes.refused', 'Kubernetes refused to list things: forbidden.');

function surveyOf(overrides: Partial<ClusterSurvey> = {}): ClusterSurvey {
  return {
    apiUses: async () => [{ endpoint: 'https://10.0.0.11:6443', uses: [] }],
    writtenObjects: async () => [],
    releasedObjects: async () => [],
    crds: async () => [],
    webhooks: async () => [],
    readyEndpoints: async () => [],
    localVolumes: async () => [],
    ...overrides,
  };
}

const read = (
  overrides: Partial<ClusterSurvey> = {},
  present: string | null = '1.33.13',
  controlPlanes = 1,
) =>
  readSurvey(surveyOf(overrides), {
    removed: removedApis,
    present: Promise.resolve(present === null ? undefined : version(present)),
    controlPlanes,
  });

describe('a survey', () => {
  it.each([
    ['apiUses', 'the uses of deprecated APIs', undefined],
    ['crds', 'the custom resource definitions', undefined],
    ['webhooks', 'the admission webhooks', undefined],
    ['localVolumes', 'the volumes of single nodes', undefined],
    ['releasedObjects', 'the Helm releases', true],
  ] as const)('has a gap when %s is refused, and all the rest', async (call, what, optional) => {
    const { gaps, sections } = await read({ [call]: () => Promise.reject(refused) });
    const gap = { what, why: 'Kubernetes refused to list things: forbidden' };
    expect(gaps).toEqual([optional ? { ...gap, optional } : gap]);
    expect(Object.keys(sections).length).toBeGreaterThan(1);
  });

  it('says which API servers did not tell: none is grave, some are not', async () => {
    const gapOf = async (servers: number) => {
      const uses = Array.from({ length: servers }, (_, index) => ({ endpoint: String(index), uses: [] }));
      return (await read({ apiUses: async () => uses }, '1.33.13', 3)).gaps;
    };
    expect(await gapOf(3)).toEqual([]);
    expect(await gapOf(2)).toMatchObject([
      { what: 'the uses of deprecated APIs at 1 of 3 API servers', optional: true },
    ]);
    const [gap] = await gapOf(0);
    expect(gap).toMatchObject({ what: 'the uses of deprecated APIs' });
    expect(gap).not.toHaveProperty('optional');
  });

  it('does not hide a defect', async () => {
    const defect = new TypeError('x is not a function');
    await expect(read({ crds: () => Promise.reject(defect) })).rejects.toBe(defect);
  });
});

describe('objects of removed APIs', () => {
  it('are looked for only where something is still to be removed, by versions that are served already', async () => {
    const asked: string[] = [];
    const record: Partial<ClusterSurvey> = {
      writtenObjects: async ({ apiVersion, resource }) => {
        asked.push(`${apiVersion}/${resource}`);
        return [];
      },
      releasedObjects: async () => {
        asked.push('helm');
        return [];
      },
    };
    await read(record);
    expect(asked.toSorted()).toEqual([
      'admissionregistration.k8s.io/v1/validatingadmissionpolicies',
      'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
      'helm',
      'networking.k8s.io/v1/servicecidrs',
    ]);
    asked.length = 0;
    await read(record, '1.28.4');
    expect(asked).toEqual(['helm']);
    asked.length = 0;
    await read(record, null);
    expect(asked).toEqual([]);
  });

  it('are named by writer and source, without what goes on being served', async () => {
    const removed = 'admissionregistration.k8s.io/v1beta1';
    const kind = 'ValidatingAdmissionPolicy';
    const { sections } = await read({
      writtenObjects: async ({ resource }) =>
        resource === 'validatingadmissionpolicies'
          ? [
              {
                kind,
                name: 'a',
                writers: [
                  { manager: 'argocd', apiVersion: removed },
                  { manager: 'argocd', apiVersion: removed },
                  { manager: 'kubectl', apiVersion: 'admissionregistration.k8s.io/v1' },
                ],
                lastApplied: { apiVersion: removed, kind },
              },
            ]
          : [],
      releasedObjects: async (isWanted) =>
        [
          { release: 'guard', namespace: 'ops', apiVersion: removed, kind, name: 'g' },
          { release: 'guard', namespace: 'ops', apiVersion: 'v1', kind: 'Service', name: 's' },
        ].filter(isWanted),
    });
    expect(sections.storedApis).toEqual([
      { source: 'managed-fields', apiVersion: removed, kind, name: 'a', by: 'argocd' },
      { source: 'last-applied', apiVersion: removed, kind, name: 'a', by: 'kubectl apply' },
      { source: 'helm-release', apiVersion: removed, kind, name: 'g', namespace: 'ops', by: 'guard' },
    ]);
  });
});

describe('webhooks', () => {
  const service = { namespace: 'ops', name: 'guard' };
  const matchesOf = async (rule: Partial<WebhookRule>, overrides: object = {}) => {
    const { sections } = await read({
      webhooks: async () => [
        {
          kind: 'ValidatingWebhookConfiguration',
          configuration: 'guard',
          name: 'guard.example.com',
          failClosed: true,
          narrowed: false,
          rules: [{ operations: ['*'], apiGroups: ['*'], resources: ['*'], ...rule }],
          service,
          ...overrides,
        },
      ],
    });
    return sections.webhooks?.flatMap(({ matches }) => matches);
  };

  it.each<[Partial<WebhookRule>, string[]]>([
    [{ resources: ['*/*'] }, ['pods/eviction', 'pods', 'nodes']],
    [{ resources: ['*'] }, ['pods', 'nodes']],
    [{ resources: ['pods/*'] }, ['pods/eviction']],
    [{ resources: ['pods/eviction'], operations: ['CREATE'] }, ['pods/eviction']],
    [{ resources: ['pods'], operations: ['UPDATE'] }, []],
    [{ resources: ['pods'], operations: ['DELETE'] }, ['pods']],
    [{ resources: ['nodes'], operations: ['CREATE'] }, []],
    [{ resources: ['nodes'], operations: ['UPDATE'] }, ['nodes']],
    [{ resources: ['*/*'], apiGroups: ['apps'] }, []],
    [{ resources: ['deployments'] }, []],
  ])('with the rule %j see %j', async (rule, expected) => {
    expect(await matchesOf(rule)).toEqual(expected);
  });

  it('that fail open, or ask a URL, are of no interest', async () => {
    expect(await matchesOf({}, { failClosed: false })).toEqual([]);
    expect(await matchesOf({}, { service: undefined })).toEqual([]);
  });

  it('of one Service ask for its endpoints once, and know on which nodes they are', async () => {
    let asked = 0;
    const webhook = {
      kind: 'MutatingWebhookConfiguration' as const,
      configuration: 'inject',
      failClosed: true,
      narrowed: true,
      rules: [{ operations: ['CREATE'], apiGroups: [''], resources: ['pods'] }],
      service,
    };
    const { sections } = await read({
      webhooks: async () => [
        { ...webhook, name: 'a' },
        { ...webhook, name: 'b' },
      ],
      readyEndpoints: async () => {
        asked += 1;
        return [{ node: 'w-2' as never }, { node: 'w-1' as never }, { node: 'w-2' as never }, {}];
      },
    });
    expect(asked).toBe(1);
    expect(sections.webhooks?.map(({ backends }) => backends)).toEqual([
      { ...service, ready: 4, nodes: ['w-1', 'w-2'] },
      { ...service, ready: 4, nodes: ['w-1', 'w-2'] },
    ]);
  });
});

describe('definitions', () => {
  it('are asked for their converter only where there is something to convert', async () => {
    const asked: string[] = [];
    const conversion = { namespace: 'ops', name: 'convert' };
    const one = { name: 'one', versions: [{ name: 'v1', served: true }], storedVersions: ['v1'], conversion };
    const two = { ...one, name: 'two', versions: [...one.versions, { name: 'v2', served: true }] };
    const { sections } = await read({
      crds: async () => [one, two],
      readyEndpoints: async ({ name }) => {
        asked.push(name);
        return [];
      },
    });
    expect(asked).toEqual(['convert']);
    expect(sections.crds?.map((crd) => crd.conversion?.ready)).toEqual([undefined, 0]);
  });
});
