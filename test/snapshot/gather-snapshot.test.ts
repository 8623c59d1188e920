import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { ClusterName } from '../../src/domain/names.ts';
import { Snapshot } from '../../src/domain/snapshot.ts';
import type { SnapshotApi } from '../../src/snapshot/cluster-reads.ts';
import { gatherSnapshot, type LookRequest } from '../../src/snapshot/gather-snapshot.ts';
import {
  configMapWith,
  fakeApi,
  mirrorPod,
  nodeObject,
  patientClock,
  podObject,
} from './support/fake-cluster.ts';
import { type FakeMachine, fakeHost, switchedOff } from './support/fake-host.ts';
import { recordedOutput } from './support/recordings.ts';

const etcd = {
  members: recordedOutput('cluster-1.33.13/etcdctl-member-list-json'),
  status: recordedOutput('cluster-1.33.13/etcdctl-endpoint-status-json'),
  health: recordedOutput('cluster-1.33.13/etcdctl-endpoint-health-json'),
};
const certificates = recordedOutput('cluster-1.33.13/kubeadm-certs-check-expiration-json');
const healthy: FakeMachine = { etcd, certificates };
const refused = new StepFailure('kubernetes.refused', 'Kubernetes refused to list things: forbidden.');
const unavailable = new StepFailure('kubernetes.unavailable', 'Could not list things: no answer.');
const fails = (failure: StepFailure) => () => Promise.reject(failure);

function request(
  given: { api?: Partial<SnapshotApi>; machines?: Record<string, FakeMachine> } & Partial<LookRequest> = {},
): LookRequest {
  const { api, machines = {}, ...rest } = given;
  return {
    cluster: ClusterName.parse('prod-eu'),
    kubernetes: fakeApi(api),
    hostOf: (node) => fakeHost(node, machines[node] ?? healthy),
    clock: patientClock(),
    ...rest,
  };
}

async function observed(given: Parameters<typeof request>[0] = {}): Promise<Snapshot> {
  const look = await gatherSnapshot(request(given));
  if (look.status !== 'observed') throw new Error(JSON.stringify(look));
  return Snapshot.parse(look.snapshot);
}

async function unobservable(given: Parameters<typeof request>[0]) {
  const look = await gatherSnapshot(request(given));
  if (look.status !== 'unobservable') throw new Error('it was observed');
  return look.findings;
}

describe('what a plan cannot do without', () => {
  it.each(['listNodes', 'listPods', 'getConfigMap'] as const)(
    'there is no snapshot when %s fails, but a finding with the reason',
    async (call) => {
      const [finding] = await unobservable({ api: { [call]: fails(unavailable) } });
      expect(finding).toMatchObject({
        code: 'kubernetes.unavailable',
        severity: 'blocker',
        summary: unavailable.message,
        objects: [{ kind: 'Cluster', name: 'prod-eu' }],
      });
      expect(finding?.remedy).toContain('endpoints');
    },
  );

  it.each([
    ['is missing', { getConfigMap: async () => undefined }, /there is none/],
    ['is of something else', configMapWith('kind: Other'), /kind/],
    ['is no YAML', configMapWith('a: [b'), /not YAML/],
    [
      'is on a version of a vendor',
      configMapWith('kind: ClusterConfiguration\nkubernetesVersion: v1.33.1+x'),
      /Version/,
    ],
  ])('there is no snapshot when the configuration of kubeadm %s', async (_, api, reason) => {
    const [finding] = await unobservable({ api });
    expect(finding?.code).toBe('kubeadm.config-unusable');
    expect(finding?.summary).toMatch(reason);
  });

  it('a cluster of another distribution is not one to plan for', async () => {
    const nodes = [nodeObject('cp-1'), nodeObject('w-1', { kubeletVersion: 'v1.33.1+k3s1' })];
    const [finding] = await unobservable({ api: { listNodes: async () => nodes } });
    expect(finding).toMatchObject({ code: 'node.version-unsupported', facts: { node: 'w-1' } });
  });

  it('does not hide a defect behind a finding', async () => {
    const defect = new TypeError('x is not a function');
    await expect(gatherSnapshot(request({ api: { listPdbs: () => Promise.reject(defect) } }))).rejects.toBe(
      defect,
    );
  });
});

describe('what a plan can do without', () => {
  it.each([
    ['serverVersions', 'the versions of the API servers'],
    ['listPdbs', 'the disruption budgets'],
    ['getDaemonSet', 'kube-proxy'],
    ['getDeployment', 'CoreDNS'],
  ] as const)('is a gap when %s fails', async (call, what) => {
    const snapshot = await observed({ api: { [call]: fails(refused) } });
    expect(snapshot.gaps).toEqual([{ what, why: 'Kubernetes refused to list things: forbidden' }]);
  });

  it('is no gap when kube-proxy and CoreDNS were replaced by something else', async () => {
    const snapshot = await observed({
      api: { getDaemonSet: async () => undefined, getDeployment: async () => undefined },
    });
    expect(snapshot.addons).toEqual({});
    expect(snapshot.gaps).toEqual([]);
  });

  it('names a component whose version no mirror pod tells', async () => {
    const pods = [
      mirrorPod('kube-apiserver', 'cp-1', 'mirror.local:5000/k8s/kube-apiserver:v1.33.13@sha256:0123'),
      mirrorPod('kube-scheduler', 'cp-1', 'mirror.local:5000/k8s/kube-scheduler:v1.33.13-hardened'),
    ];
    const snapshot = await observed({ api: { listPods: async () => pods } });
    expect(snapshot.nodes[0]?.controlPlane).toEqual({ apiServer: 'v1.33.13' });
    expect(snapshot.gaps.map(({ what }) => what)).toEqual([
      'the version of kube-controller-manager on cp-1',
      'the version of kube-scheduler on cp-1',
    ]);
  });
});

describe('manifests of add-ons', () => {
  it('are seen by their content; one that cannot be read is absent', async () => {
    const files = { readText: async (path: string) => (path === '/cni.yaml' ? 'kind: List' : undefined) };
    const { manifests } = await observed({ manifests: { paths: ['/cni.yaml', '/gone.yaml'], files } });
    expect(manifests).toEqual({
      '/cni.yaml': { bytes: 10, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });
});

describe('machines', () => {
  it('are facts when they cannot be reached, and keep nobody waiting', async () => {
    const clock = patientClock();
    const machines: Record<string, FakeMachine> = {
      'w-1': { unreachable: switchedOff('w-1') },
      'w-2': { hangs: true },
    };
    const looking = observed({
      clock,
      api: { listNodes: async () => [nodeObject('cp-1'), nodeObject('w-1'), nodeObject('w-2')] },
      hostOf: (node) => {
        // The deadline of those that are still asked comes once everybody who answers has answered.
        if (node === 'w-2') setTimeout(() => clock.wakeAll(), 50);
        return fakeHost(node, machines[node] ?? healthy);
      },
    });
    const hosts = (await looking).nodes.map(({ host }) => host);
    expect(hosts[0]?.status).toBe('reached');
    expect(hosts[1]).toEqual({
      status: 'unreachable',
      code: 'ssh.unreachable',
      reason: 'w-1 did not answer on port 22.',
    });
    expect(hosts[2]).toMatchObject({ status: 'unreachable', code: 'ssh.unreachable' });
  });

  it('on which the user may not work are facts with the rule to add, and nothing is tried there', async () => {
    const said =
      'sudo on w-1 does not let bot work. Add this line: bot ALL=(root) NOPASSWD: /usr/bin/timeout';
    const asked: string[] = [];
    const { nodes } = await observed({
      api: { listNodes: async () => [nodeObject('cp-1'), nodeObject('w-1')] },
      checkRights: async (node) => {
        if (node === 'w-1') throw new StepFailure('sudo.refused', said);
      },
      hostOf: (node) => {
        asked.push(node);
        return fakeHost(node, healthy);
      },
    });
    expect(nodes.find(({ name }) => name === 'w-1')?.host).toEqual({
      status: 'unreachable',
      code: 'sudo.refused',
      reason: said,
    });
    expect(asked).not.toContain('w-1');
  });

  it('that the configuration does not tell how to reach are facts, too', async () => {
    const unknown = new StepFailure('configuration.node-unknown', 'w-1 has no InternalIP.');
    const snapshot = await observed({
      hostOf: (node) => {
        if (node === 'w-1') throw unknown;
        return fakeHost(node, healthy);
      },
    });
    expect(snapshot.nodes[1]?.host).toEqual({
      status: 'unreachable',
      code: 'configuration.node-unknown',
      reason: 'w-1 has no InternalIP.',
    });
  });

  it('are asked some at a time, and all of them', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `w-${index}`);
    let running = 0;
    let most = 0;
    const snapshot = await observed({
      concurrency: 4,
      api: { listNodes: async () => [nodeObject('cp-1'), ...names.map((name) => nodeObject(name))] },
      hostOf: (node) => {
        const host = fakeHost(node, healthy);
        return {
          ...host,
          async read(argv, options) {
            running += 1;
            most = Math.max(most, running);
            await new Promise(setImmediate);
            running -= 1;
            return host.read(argv, options);
          },
        };
      },
    });
    expect(most).toBe(4);
    expect(snapshot.nodes.every(({ host }) => host.status === 'reached')).toBe(true);
  });

  it('are a gap where kubeadm does not tell of the certificates', async () => {
    const snapshot = await observed({ machines: { 'cp-1': { etcd } } });
    expect(snapshot.certificates).toEqual([]);
    expect(snapshot.gaps).toEqual([
      { what: 'the certificates of cp-1', why: expect.stringContaining('exit status 1') },
    ]);
  });
});

describe('etcd', () => {
  const three = { listNodes: async () => [nodeObject('cp1'), nodeObject('cp2'), nodeObject('cp3')] };

  it('is asked through another control plane when the first cannot tell', async () => {
    const { etcd: seen, gaps } = await observed({ api: three, machines: { cp1: { certificates } } });
    expect(seen).toMatchObject({
      topology: 'stacked',
      members: [{ name: 'cp1', node: 'cp1', isLeader: true }, {}, {}],
    });
    expect(gaps.filter(({ what }) => what.startsWith('etcd'))).toEqual([]);
  });

  it('has no members, and a gap for each reason, when nobody can tell', async () => {
    const { etcd: seen, gaps } = await observed({
      api: three,
      machines: { cp1: { certificates }, cp2: { certificates }, cp3: { unreachable: switchedOff('cp3') } },
    });
    expect(seen).toEqual({ topology: 'stacked', members: [] });
    expect(gaps.filter(({ what }) => what.startsWith('etcd'))).toEqual([
      { what: 'etcd through cp1', why: expect.stringContaining('no etcd container') },
      { what: 'etcd through cp2', why: expect.stringContaining('no etcd container') },
    ]);
  });

  it('keeps every digit of its ids', async () => {
    const { etcd: seen } = await observed({ api: three });
    const ids = seen.topology === 'stacked' ? seen.members.map(({ id }) => id) : [];
    expect(ids).toEqual(['2677674080080550774', '14772832823008743594', '17420014629625868395']);
  });

  it('is left alone where it is external', async () => {
    const external = [
      'kind: ClusterConfiguration',
      'kubernetesVersion: v1.33.13',
      'etcd:',
      '  external:',
      '    endpoints: [https://10.0.0.5:2379]',
    ].join('\n');
    const hosts: ReturnType<typeof fakeHost>[] = [];
    const snapshot = await observed({
      api: configMapWith(external),
      hostOf: (node) => {
        const host = fakeHost(node, { certificates });
        hosts.push(host);
        return host;
      },
    });
    expect(snapshot.etcd).toEqual({ topology: 'external', endpoints: ['https://10.0.0.5:2379'] });
    expect(hosts.flatMap(({ asked }) => asked)).not.toContain('etcd');
  });
});

describe('nodes', () => {
  it('show what a drain would meet there', async () => {
    const { controller: _, ...alone } = podObject('alone', 'w-1');
    const pods = [
      podObject('web', 'w-1'),
      podObject('scratch', 'w-1', { hasEmptyDir: true }),
      alone,
      podObject('agent', 'w-1', { controller: { kind: 'DaemonSet', name: 'agent' }, hasEmptyDir: true }),
      podObject('done', 'w-1', { phase: 'Succeeded', hasEmptyDir: true }),
      podObject('leaving', 'w-1', { deletionTimestamp: '2026-11-23T10:00:00Z' }),
      podObject('elsewhere', 'cp-1'),
    ];
    const snapshot = await observed({ api: { listPods: async () => pods } });
    expect(snapshot.nodes[1]?.pods).toMatchObject({
      evictable: 4,
      unmanaged: ['shop/alone'],
      emptyDir: ['shop/scratch'],
    });
  });

  it("tell the bot's cordon from somebody else's, and forget a mark without a cordon", async () => {
    const annotations = { 'k8s-upgrade-bot/cordoned-by': 'abc234' };
    const nodes = [
      nodeObject('cp-1', { unschedulable: true, annotations }),
      nodeObject('w-1', { unschedulable: true }),
      nodeObject('w-2', { annotations }),
    ];
    const snapshot = await observed({ api: { listNodes: async () => nodes } });
    expect(snapshot.nodes.map(({ unschedulable, cordonedByRun }) => [unschedulable, cordonedByRun])).toEqual([
      [true, 'abc234'],
      [true, undefined],
      [false, undefined],
    ]);
  });

  it('carry their zone and address where they have one', async () => {
    const nodes = [
      nodeObject('cp-1', { internalAddress: '10.0.0.11', labels: { 'topology.kubernetes.io/zone': 'a' } }),
      nodeObject('w-1'),
    ];
    const snapshot = await observed({ api: { listNodes: async () => nodes } });
    expect(snapshot.nodes[0]).toMatchObject({ role: 'worker', zone: 'a', internalAddress: '10.0.0.11' });
    expect(snapshot.nodes[1]).not.toHaveProperty('zone');
  });
});
