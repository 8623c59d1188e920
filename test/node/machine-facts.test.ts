import { describe, expect, test } from 'vitest';
import { flagsIn } from '../../src/node/flags.ts';
import { parseMachineFacts } from '../../src/node/machine-facts.ts';
import { parseSections } from '../../src/node/sections.ts';
import { parseStaticPod } from '../../src/node/static-pod.ts';
import { recording } from '../support/recordings.ts';

const section = (title: string, body: string) => `\n@@ k8s-upgrade-bot: ${title}\n${body}`;
const manifest = (component: string) => recording(`cluster-1.33.13/manifest-${component}`).stdout;
const factsOf = (text: string, span?: { sentAt: number; answeredAt: number }) =>
  parseMachineFacts(parseSections(section('swaps', '') + text), span);

describe('flags in files', () => {
  test.each([
    ['KUBELET_KUBEADM_ARGS="--a=b --c"\n', [{ name: 'a', value: 'b' }, { name: 'c' }]],
    [
      'KUBELET_EXTRA_ARGS=--node-ip=10.0.0.1 --v 4\n',
      [
        { name: 'node-ip', value: '10.0.0.1' },
        { name: 'v', value: '4' },
      ],
    ],
    [`X="--feature-gates='A=true,B=false'"\n`, [{ name: 'feature-gates', value: 'A=true,B=false' }]],
    ['# KUBELET_EXTRA_ARGS=--cloud-config=x\n', []],
    ['ExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS --x=y-z\n', [{ name: 'x', value: 'y-z' }]],
  ])('%j', (text, flags) => {
    expect(flagsIn(text)).toEqual(flags);
  });

  test('of the recorded kubelet', () => {
    const [, flags = ''] = recording('cluster-1.33.13/kubelet-config').stdout.split(/^---\n/m);
    expect(flagsIn(flags).map(({ name }) => name)).toEqual([
      'container-runtime-endpoint',
      'pod-infra-container-image',
    ]);
  });
});

describe('the certificate of the kubelet', () => {
  const pem = [
    '-----BEGIN CERTIFICATE-----',
    'MIIBLTCB1AIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5ldGVzMB4X',
    'DTI1MTEyMDEwMDAwMFoXDTI2MTEyMDEwMDAwMFowMTEVMBMGA1UECgwMc3lzdGVt',
    'Om5vZGVzMRgwFgYDVQQDDA9zeXN0ZW06bm9kZTp3LTEwWTATBgcqhkjOPQIBBggq',
    'hkjOPQMBBwNCAASENDLnsQwAhGa5RWdRKVZEtSgtNkkkzv3cqp3uU9AF29TItmCE',
    'c0tr4pF4oIryJUDuZdgfbDsgU30AOQH+YAquMAoGCCqGSM49BAMCA0gAMEUCIQCt',
    'So7WjxkLGAatiYxsTijdzqdtRMfCltD/9JC9oEFSdAIgLu/MNwuS2PlZP8hHU01m',
    'eQL3j2tYdpY018EV7lVuGII=',
    '-----END CERTIFICATE-----',
  ].join('\n');

  test('tells how long it holds', () => {
    expect(factsOf(section('kubelet-certificate', `${pem}\n`))?.kubeletCertificate).toEqual({
      from: '2025-11-20T10:00:00.000Z',
      to: '2026-11-20T10:00:00.000Z',
    });
  });

  test.each([
    ['no file', ''],
    ['something else', '-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n'],
  ])('%s tells nothing', (_, body) => {
    expect(factsOf(section('kubelet-certificate', body))).not.toHaveProperty('kubeletCertificate');
  });
});

describe('static pods', () => {
  test('the recorded kube-apiserver', () => {
    expect(parseStaticPod('kube-apiserver.yaml', manifest('kube-apiserver'))).toMatchObject({
      name: 'kube-apiserver',
      image: 'registry.k8s.io/kube-apiserver:v1.33.13',
      flags: expect.arrayContaining([{ name: 'authorization-mode', value: 'Node,RBAC' }]),
      probePort: '6443',
      probes: { liveness: '/livez', readiness: '/readyz', startup: '/livez' },
      mounts: [
        'ca-certs',
        'etc-ca-certificates',
        'k8s-certs',
        'usr-local-share-ca-certificates',
        'usr-share-ca-certificates',
      ],
      resources: { 'requests.cpu': '250m' },
      environment: [],
      otherContainers: [],
      annotations: ['kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint'],
      hasCreationTimestamp: true,
    });
  });

  test('what is no Pod is none', () => {
    expect(parseStaticPod('x', 'kind: Service\n')).toBeUndefined();
    expect(parseStaticPod('x', 'kind: Pod\n  metadata: [')).toBeUndefined();
    expect(parseStaticPod('x', manifest('etcd').slice(0, 400))).toBeUndefined();
  });
});

describe('a machine', () => {
  test('tells of its kubelet, its swap, its cgroups and what lies about', () => {
    const facts = factsOf(
      [
        section('config.yaml', 'failSwapOn: false\nfailCgroupV1: true\nfeatureGates:\n  NodeSwap: true\n'),
        section('arguments /etc/default/kubelet', 'KUBELET_EXTRA_ARGS=--cloud-config=/etc/cloud\n'),
        section('manifest kube-apiserver.yaml', manifest('kube-apiserver')),
        section('manifest kube-apiserver.yaml.bak', manifest('kube-apiserver')),
        section('manifest notes of mine.txt', 'remember the milk\n'),
        section('cgroup', '1\n'),
        section('leftovers', '12\n2048\t/etc/kubernetes/tmp\n'),
        section('image-store', '/data/containerd\n'),
        section('sockets', '/run/containerd/containerd.sock\n'),
        section('patches', 'missing\n'),
        section('programs', 'save-etcd\nkubectl\n'),
      ].join(''),
    );
    expect(facts).toMatchObject({
      cgroup: 1,
      kubelet: {
        failSwapOn: false,
        failCgroupV1: true,
        featureGates: { NodeSwap: true },
        arguments: [{ file: '/etc/default/kubelet', flags: [{ name: 'cloud-config', value: '/etc/cloud' }] }],
      },
      criSocketKnown: true,
      staticPods: [{ file: 'kube-apiserver.yaml' }, { file: 'kube-apiserver.yaml.bak' }],
      unreadableManifests: ['notes of mine.txt'],
      leftovers: { entries: 12, bytes: 2 * 1024 ** 2 },
      imageStore: '/data/containerd',
      patchesThere: false,
      programsMissing: ['save-etcd', 'kubectl'],
    });
  });

  test('does not judge a file that is longer than what was read of it', () => {
    const long = `${manifest('etcd')}${'# a comment\n'.repeat(1_000)}`.slice(0, 12_000);
    expect(factsOf(section('manifest etcd.yaml', long))).toMatchObject({
      staticPods: [],
      unreadableManifests: [],
    });
  });

  test('swap is what /proc/swaps lists', () => {
    const swaps =
      'Filename Type Size Used Priority\n/swap.img file 4194300 0 -2\n/dev/zram0 partition 1 0 100\n';
    expect(parseMachineFacts(parseSections(section('swaps', swaps)))?.swaps).toEqual([
      '/swap.img',
      '/dev/zram0',
    ]);
  });

  test('that answers with something else has told nothing', () => {
    expect(parseMachineFacts(parseSections(section('free', '')))).toBeUndefined();
  });
});

describe("a machine's clock", () => {
  const at = (ms: number) => `${BigInt(ms) * 1_000_000n}\n`;
  test.each([
    ['the same', 0],
    ['ahead', 7_000],
    ['behind', -90_000],
  ])('is %s, with the way there and back taken off', (_, skew) => {
    // 40 ms there, 200 ms of work, 60 ms back.
    const text =
      section('clock', at(1_795_406_000_040 + skew)) + section('clock-end', at(1_795_406_000_240 + skew));
    expect(factsOf(text, { sentAt: 1_795_406_000_000, answeredAt: 1_795_406_000_300 })?.clock).toEqual({
      offsetMs: skew - 10,
      uncertaintyMs: 50,
    });
  });

  test('a busybox that knows no nanoseconds tells nothing', () => {
    const text = section('clock', '1000%N\n') + section('clock-end', '1000%N\n');
    expect(factsOf(text, { sentAt: 0, answeredAt: 1 })).not.toHaveProperty('clock');
  });
});
