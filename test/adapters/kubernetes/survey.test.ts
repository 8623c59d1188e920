import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { lineReader } from '../../../src/adapters/kubernetes/text-reader.ts';
import { type Handler, status } from './support/api-server.ts';
import { list } from './support/objects.ts';
import { apiServers, kubernetesAt } from './support/setup.ts';

const metadata = (name: string, rest: object = {}) => ({
  metadata: { name, uid: `uid-of-${name}`, resourceVersion: '1', ...rest },
});

async function surveyOf(...handlers: Handler[]) {
  const servers = await apiServers(...handlers);
  const { kubernetes, clock } = await kubernetesAt(servers);
  return { survey: kubernetes.survey, servers, clock };
}

const metrics = (started: number, ...lines: string[]) => ({
  code: 200,
  text: [
    '# HELP apiserver_request_total [STABLE] Counter of apiserver requests',
    ...lines.filter((line) => line.startsWith('apiserver_request_total')),
    ...lines.filter((line) => !line.startsWith('apiserver_request_total')),
    `process_start_time_seconds ${started}`,
    '',
  ].join('\n'),
});
const flow = 'group="flowcontrol.apiserver.k8s.io",version="v1beta3",resource="flowschemas",subresource=""';
const requested = `apiserver_requested_deprecated_apis{${flow},removed_release="1.32"} 1`;
const total = (verb: string, count: number | string, code = 200) =>
  `apiserver_request_total{code="${code}",component="apiserver",dry_run="",${flow},scope="cluster",verb="${verb}"} ${count}`;

describe('the uses of deprecated APIs', () => {
  it('are read from every API server, with how often and since when', async () => {
    const { survey, servers } = await surveyOf(
      () =>
        metrics(1_780_000_000.5, requested, total('LIST', 3), total('LIST', 2, 500), total('PATCH', '1e+06')),
      () => metrics(1_780_000_100, requested, total('GET', 1).replace('v1beta3', 'v1')),
    );
    const use = {
      group: 'flowcontrol.apiserver.k8s.io',
      version: 'v1beta3',
      resource: 'flowschemas',
      subresource: '',
      removedRelease: '1.32',
    };
    expect(await survey.apiUses()).toEqual([
      {
        endpoint: servers[0]?.url,
        since: '2026-05-28T20:26:40.500Z',
        uses: [{ ...use, requests: { get: 0, list: 5, watch: 0, write: 1_000_000 } }],
      },
      {
        endpoint: servers[1]?.url,
        since: '2026-05-28T20:28:20.000Z',
        uses: [{ ...use, requests: { get: 0, list: 0, watch: 0, write: 0 } }],
      },
    ]);
  });

  it('are told once of a server behind two endpoints, and not at all of one that does not answer', async () => {
    const { survey } = await surveyOf(
      () => metrics(1_780_000_000, requested),
      () => metrics(1_780_000_000, requested),
      () => status(403, 'Forbidden', 'no'),
      () => 'cut',
    );
    expect(await survey.apiUses()).toHaveLength(1);
  });

  it('have no counts where the server does not tell of requests at all', async () => {
    const { survey } = await surveyOf(() => metrics(1_780_000_000, requested));
    const [server] = await survey.apiUses();
    expect(server?.uses[0]).not.toHaveProperty('requests');
  });

  it('are found in any cutting of the text', () => {
    const text = `a{b="1"} 2\nlast line`;
    for (let size = 1; size <= text.length; size += 1) {
      const seen: string[] = [];
      const reader = lineReader({ line: (line) => void seen.push(line), end: () => seen });
      for (let at = 0; at < text.length; at += size) reader.push(Buffer.from(text.slice(at, at + size)));
      expect(reader.end()).toEqual(['a{b="1"} 2', 'last line']);
    }
  });
});

describe('objects by what they were written through', () => {
  it('are asked for as metadata alone; what an API server writes itself is left out', async () => {
    const { survey, servers } = await surveyOf(() => ({
      code: 200,
      json: list('PartialObjectMetadataList', [
        metadata('team', {
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration':
              '{"apiVersion":"g/v1beta3","kind":"FlowSchema"}',
          },
          managedFields: [
            { manager: 'api-priority-and-fairness-config-producer-v1', apiVersion: 'g/v1beta2' },
            { manager: 'kubectl-client-side-apply', apiVersion: 'g/v1beta3', operation: 'Update' },
          ],
        }),
        metadata('other', {
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{not json' },
        }),
      ]),
    }));
    const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
    expect(await survey.writtenObjects({ apiVersion, kind: 'FlowSchema', resource: 'flowschemas' })).toEqual([
      {
        kind: 'FlowSchema',
        name: 'team',
        writers: [{ manager: 'kubectl-client-side-apply', apiVersion: 'g/v1beta3' }],
        lastApplied: { apiVersion: 'g/v1beta3', kind: 'FlowSchema' },
      },
      { kind: 'FlowSchema', name: 'other', writers: [] },
    ]);
    expect(servers[0]?.requests[0]).toMatchObject({
      path: '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
      headers: { accept: expect.stringContaining('PartialObjectMetadataList') },
    });
  });

  it('are refused at once where a right is missing, without a second thought', async () => {
    const { survey, servers, clock } = await surveyOf(() => status(403, 'Forbidden', 'secrets is forbidden'));
    await expect(survey.releasedObjects(() => true)).rejects.toMatchObject({ code: 'kubernetes.refused' });
    expect(servers[0]?.requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });
});

describe('Helm releases', () => {
  const manifest = [
    '---',
    '# Source: shop/templates/flow.yaml',
    'apiVersion: "flowcontrol.apiserver.k8s.io/v1beta3"',
    'kind: FlowSchema',
    'metadata:',
    '  labels:',
    '    app: shop',
    '  name: shop-flow',
    'spec: {}',
    '---',
    'apiVersion: v1',
    'kind: Service',
    'metadata: {name: shop}',
    '',
  ].join('\n');
  const packed = (release: object | string) => {
    const text = typeof release === 'string' ? release : JSON.stringify(release);
    return Buffer.from(gzipSync(text).toString('base64')).toString('base64');
  };
  const secret = (name: string, release: string) => ({
    ...metadata(name, { namespace: 'shop' }),
    data: { release },
  });

  it('tell of the wanted objects in their manifests; what is no release is passed over', async () => {
    const { survey, servers } = await surveyOf(() => ({
      code: 200,
      json: list('SecretList', [
        secret('sh.helm.release.v1.shop.v3', packed({ name: 'shop', namespace: 'shop', manifest })),
        secret('broken', 'AAAA'),
        secret('no-json', packed('hello')),
        secret('too-large', packed({ name: 'x', namespace: 'x', manifest: ' '.repeat(40 * 1024 * 1024) })),
        metadata('empty', { namespace: 'shop' }),
      ]),
    }));
    expect(await survey.releasedObjects(({ kind }) => kind === 'FlowSchema')).toEqual([
      {
        release: 'shop',
        namespace: 'shop',
        apiVersion: 'flowcontrol.apiserver.k8s.io/v1beta3',
        kind: 'FlowSchema',
        name: 'shop-flow',
      },
    ]);
    expect(servers[0]?.requests[0]?.query).toEqual({
      labelSelector: 'owner=helm,status=deployed',
      limit: '25',
    });
  });

  it('are given up after a while', async () => {
    let now = 0;
    const servers = await apiServers(() => ({
      code: 200,
      json: list('SecretList', [secret('a', packed({ name: 'a', namespace: 'a', manifest }))], 'more'),
    }));
    const { kubernetes, clock } = await kubernetesAt(servers);
    const reading = kubernetes.survey.releasedObjects(() => {
      now += 1;
      if (now > 3) clock.advance(31_000);
      return false;
    });
    await expect(reading).rejects.toMatchObject({
      code: 'kubernetes.unavailable',
      message: expect.stringContaining('more Helm releases than can be read'),
    });
  });
});

describe('what else is read', () => {
  it('is of definitions their versions, and the Service that converts', async () => {
    const versions = [
      { name: 'v1', served: true, storage: true, schema: {} },
      { name: 'v1alpha1', served: false, storage: false },
    ];
    const service = { namespace: 'ops', name: 'convert', port: 443 };
    const { survey } = await surveyOf(() => ({
      code: 200,
      json: list('CustomResourceDefinitionList', [
        {
          ...metadata('a.example.com'),
          spec: { versions, conversion: { strategy: 'Webhook', webhook: { clientConfig: { service } } } },
          status: { storedVersions: ['v1alpha1', 'v1'] },
        },
        { ...metadata('b.example.com'), spec: { versions, conversion: { strategy: 'None' } } },
      ]),
    }));
    const read = versions.map(({ name, served }) => ({ name, served }));
    expect(await survey.crds()).toEqual([
      {
        name: 'a.example.com',
        versions: read,
        storedVersions: ['v1alpha1', 'v1'],
        conversion: { namespace: 'ops', name: 'convert' },
      },
      { name: 'b.example.com', versions: read, storedVersions: [] },
    ]);
  });

  it('is of webhooks what they see, whether they fail closed, and whom they ask', async () => {
    const rules = [{ operations: ['*'], apiGroups: [''], resources: ['pods'], scope: '*' }];
    const configuration = (name: string, webhook: object) => ({
      ...metadata(name),
      webhooks: [{ name: `${name}.example.com`, rules, ...webhook }],
    });
    const { survey } = await surveyOf(({ path }) => ({
      code: 200,
      json: list(
        'List',
        path.endsWith('validatingwebhookconfigurations')
          ? [
              configuration('guard', {
                clientConfig: { service: { namespace: 'ops', name: 'guard' } },
                namespaceSelector: { matchLabels: { a: 'b' } },
                objectSelector: {},
              }),
            ]
          : [configuration('inject', { failurePolicy: 'Ignore', clientConfig: { url: 'https://x' } })],
      ),
    }));
    expect(await survey.webhooks()).toEqual([
      {
        kind: 'ValidatingWebhookConfiguration',
        configuration: 'guard',
        name: 'guard.example.com',
        rules: [{ operations: ['*'], apiGroups: [''], resources: ['pods'] }],
        failClosed: true,
        narrowed: true,
        service: { namespace: 'ops', name: 'guard' },
      },
      {
        kind: 'MutatingWebhookConfiguration',
        configuration: 'inject',
        name: 'inject.example.com',
        rules: [{ operations: ['*'], apiGroups: [''], resources: ['pods'] }],
        failClosed: false,
        narrowed: false,
      },
    ]);
  });

  it('is of a Service its ready endpoints, of volumes those that are a place of one node', async () => {
    const { survey } = await surveyOf(({ path }) => ({
      code: 200,
      json: list(
        'List',
        path.endsWith('endpointslices')
          ? [
              {
                ...metadata('guard-1', { namespace: 'ops' }),
                endpoints: [
                  { addresses: ['10.0.0.1'], conditions: { ready: true }, nodeName: 'w-1' },
                  { addresses: ['10.0.0.2'], conditions: { ready: false }, nodeName: 'w-2' },
                  { addresses: ['10.0.0.3'], conditions: {} },
                ],
              },
              { ...metadata('guard-2', { namespace: 'ops' }), endpoints: null },
            ]
          : [
              {
                ...metadata('pv-1'),
                spec: { local: { path: '/x' }, claimRef: { namespace: 'a', name: 'c' } },
              },
              { ...metadata('pv-2'), spec: { local: { path: '/x' } } },
              { ...metadata('pv-3'), spec: { csi: {}, claimRef: { namespace: 'a', name: 'd' } } },
            ],
      ),
    }));
    expect(await survey.readyEndpoints({ namespace: 'ops', name: 'guard' })).toEqual([{ node: 'w-1' }, {}]);
    expect(await survey.localVolumes()).toEqual([{ name: 'pv-1', namespace: 'a', claim: 'c' }]);
  });
});
