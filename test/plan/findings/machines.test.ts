import { describe, expect, test } from 'vitest';
import type { KubeletConfiguration, MachineFacts, StaticPod } from '../../../src/domain/machine-facts.ts';
import type { KubeadmConfig } from '../../../src/domain/snapshot.ts';
import { machineOf, recordedStaticPods, settingsWith } from '../../support/machines.ts';
import { policyOf, type SnapshotOptions } from '../../support/snapshots.ts';
import { findingsOf, GiB, onNode, testRows, v } from './support.ts';

const machine = (name: string, facts: Partial<MachineFacts>): SnapshotOptions =>
  onNode(name, { host: { machine: machineOf(facts) } });
const machines = (names: readonly string[], facts: Partial<MachineFacts>): SnapshotOptions => ({
  nodes: Object.fromEntries(names.map((name) => [name, { host: { machine: machineOf(facts) } }])),
});
const sharedKubelet = (kubelet: KubeletConfiguration): SnapshotOptions => {
  const kubeadm: KubeadmConfig = {
    kubernetesVersion: v('1.33.13'),
    imageRepository: 'registry.k8s.io',
    featureGates: {},
    kubelet,
  };
  return { overrides: { kubeadm } };
};
const own = (fields: Partial<KubeletConfiguration>): Pick<MachineFacts, 'kubelet'> => ({
  kubelet: { featureGates: {}, arguments: [], ...fields },
});
const at = (release: string): SnapshotOptions => ({
  version: release,
  offered: ['1.35.3', '1.36.2'],
  etcd: '3.6.5',
});
const clock = (offsetMs: number, uncertaintyMs = 20) => ({ clock: { offsetMs, uncertaintyMs } });
const copyOf = (file: string): StaticPod[] =>
  recordedStaticPods().flatMap((pod) => (pod.name === 'kube-apiserver' ? [pod, { ...pod, file }] : [pod]));
const patches = policyOf({ kubeadm: { patchesDirectory: '/etc/kubernetes/patches' } });

testRows([
  {
    code: 'node.swap-on',
    severity: 'blocker',
    title: 'swap that the kubelet does not start with',
    options: machine('w-2', { swaps: ['/swap.img'] }),
    objects: ['w-2'],
    says: 'Swap is on at w-2',
  },
  {
    code: 'node.swap-on',
    severity: 'blocker',
    title: 'swap that only the node’s own file allows, which kubeadm overwrites',
    options: {
      ...machine('w-2', { swaps: ['/swap.img'], ...own({ failSwapOn: false }) }),
      ...sharedKubelet({ featureGates: {} }),
    },
    objects: ['w-2'],
    says: 'Their own config.yaml says failSwapOn: false, but kubeadm writes it anew',
  },
  {
    code: 'node.cgroup-v1',
    severity: 'blocker',
    title: 'cgroup v1 where a kubelet 1.35 is to start',
    options: { ...machine('w-2', { cgroup: 1 }), ...at('1.34.9') },
    target: '1.35.3',
    objects: ['w-2'],
    says: 'cgroup v1 is in use on w-2',
  },
  {
    code: 'node.cgroup-v1',
    severity: 'info',
    title: 'cgroup v1 where it is still taken',
    options: machine('w-2', { cgroup: 1 }),
    objects: ['w-2'],
    says: 'only with failCgroupV1: false',
  },
  {
    code: 'node.runtime-too-old',
    severity: 'blocker',
    title: 'a containerd without the CRI that kubelets speak',
    options: onNode('w-2', { containerRuntime: 'containerd://1.5.18' }),
    objects: ['w-2'],
    says: 'w-2 (1.5.18)',
  },
  {
    code: 'node.runtime-too-old',
    severity: 'warning',
    title: 'a containerd 1.x with the last kubelet that works with it',
    options: { ...at('1.35.3'), workers: ['w-1'] },
    target: '1.36.2',
    objects: ['cp-1', 'cp-2', 'cp-3', 'w-1'],
    says: 'works with v1.36 for the last time',
  },
  {
    code: 'node.clock-skew',
    severity: 'warning',
    title: 'a clock that is off by seconds',
    options: { nodes: { ...machine('w-1', {}).nodes, ...machine('w-2', clock(2_400)).nodes } },
    objects: ['w-2'],
    says: 'w-2 2.4 s ahead',
  },
  {
    code: 'node.clock-skew',
    severity: 'blocker',
    title: 'a clock that is off by more',
    options: { nodes: { ...machine('w-1', {}).nodes, ...machine('w-2', clock(-61_000)).nodes } },
    objects: ['w-2'],
    says: 'w-2 61.0 s behind',
  },
  {
    code: 'node.clock-skew',
    severity: 'warning',
    title: 'all clocks off alike, so rather the bot’s own',
    options: machines(['cp-1', 'cp-2', 'cp-3', 'w-1', 'w-2'], clock(90_000)),
    objects: ['cp-1', 'cp-2', 'cp-3', 'w-1', 'w-2'],
    says: "the bot's own is likely wrong",
  },
  {
    code: 'kubeadm.cri-socket-missing',
    severity: 'blocker',
    title: 'a node of which nothing tells the CRI socket',
    options: onNode('cp-2', {
      criSocketAnnotated: false,
      host: { machine: machineOf({ criSocketKnown: false }) },
    }),
    objects: ['cp-2'],
    says: 'cut off there',
  },
  {
    code: 'kubeadm.patches-missing',
    severity: 'blocker',
    title: 'a node without the directory of patches',
    options: machine('w-2', { patchesThere: false }),
    policy: patches,
    objects: ['w-2'],
    says: '/etc/kubernetes/patches',
  },
  {
    code: 'kubeadm.leftovers',
    severity: 'warning',
    title: 'copies of earlier upgrades that take gigabytes',
    options: machine('cp-2', { leftovers: { entries: 31, bytes: 3.5 * GiB } }),
    objects: ['cp-2'],
    says: '3.5 GiB on cp-2',
  },
  {
    code: 'kubeadm.stray-manifest',
    severity: 'blocker',
    title: 'a copy of a manifest beside it',
    options: machine('cp-2', { staticPods: copyOf('kube-apiserver.yaml.bak') }),
    objects: ['cp-2'],
    says: 'kube-apiserver.yaml.bak on cp-2',
  },
  {
    code: 'kubeadm.stray-manifest',
    severity: 'warning',
    title: 'a file among the manifests that is none',
    options: machine('cp-2', { unreadableManifests: ['notes.txt'] }),
    objects: ['cp-2'],
    says: 'notes.txt on cp-2',
  },
  {
    code: 'kubeadm.manifest-unreadable',
    severity: 'blocker',
    title: 'a manifest that is no Pod',
    options: machine('cp-2', { unreadableManifests: ['kube-scheduler.yaml'] }),
    objects: ['cp-2'],
    says: 'kube-scheduler.yaml on cp-2',
  },
  {
    code: 'kubeadm.stray-manifest',
    severity: 'blocker',
    title: 'a spoilt copy of a manifest',
    options: machine('cp-2', { unreadableManifests: ['etcd.yaml.save'] }),
    objects: ['cp-2'],
    says: 'etcd.yaml.save on cp-2',
  },
  {
    code: 'kubeadm.kubelet-config-edited',
    severity: 'warning',
    title: 'a kubelet’s own configuration that kubeadm overwrites',
    options: {
      ...machine('w-2', own({ featureGates: { NodeSwap: true } })),
      ...sharedKubelet({ featureGates: {} }),
    },
    objects: ['w-2'],
    says: 'featureGates.NodeSwap true → unset',
  },
  {
    code: 'skew.kubelet-not-restarted',
    severity: 'warning',
    title: 'a kubelet that was installed and not restarted',
    options: onNode('w-2', { host: { packages: { kubeadm: '1.34.9', kubelet: '1.34.9' } } }),
    objects: ['w-2'],
    says: 'w-2 runs v1.33.13, installed is v1.34.9. This plan finishes that.',
  },
  {
    code: 'skew.kubelets-behind',
    severity: 'info',
    title: 'workers that an earlier upgrade did not reach',
    options: onNode('w-2', { kubeletVersion: v('1.32.9'), host: { packages: { kubelet: '1.32.9' } } }),
    objects: ['w-2'],
    says: 'has not reached w-2 (v1.32.9)',
  },
  {
    code: 'etcd.alarm',
    severity: 'blocker',
    title: 'an etcd that has run out of space',
    options: { members: { 'cp-2': { healthy: false, alarms: ['NOSPACE'] } } },
    objects: ['cp-2'],
    says: 'NOSPACE on cp-2',
  },
  {
    code: 'etcd.space-low',
    severity: 'warning',
    title: 'a database near etcd’s own quota',
    options: { members: { 'cp-2': { dbSizeBytes: 1.7 * GiB } } },
    objects: ['cp-2'],
    says: '1.7 GiB of 2 GiB on cp-2',
  },
  {
    code: 'etcd.member-without-node',
    severity: 'warning',
    title: 'a member of etcd that no node belongs to',
    options: { members: { 'cp-3': { name: 'cp-9', node: undefined } } },
    objects: ['cp-9'],
    says: 'cp-9',
  },
  {
    code: 'packages.repository-key-expired',
    severity: 'blocker',
    title: 'a repository whose key has expired',
    options: onNode('w-2', {
      host: {
        offered: [],
        offeredProblem: 'EXPKEYSIG',
        offeredProblemCode: 'packages.repository-key-expired',
      },
    }),
    objects: ['w-2'],
    says: 'has expired on w-2: EXPKEYSIG',
  },
  {
    code: 'packages.version-missing',
    severity: 'blocker',
    title: 'a repository that has kubeadm of a version without its kubelet',
    options: onNode('w-2', { host: { offered: [], offeredWithout: { 'v1.34.9': ['kubelet'] } } }),
    objects: ['w-2'],
    says: 'kubelet v1.34.9 is missing beside kubeadm',
  },
  {
    code: 'certificates.expired',
    severity: 'blocker',
    title: 'a kubelet’s certificate that has expired, of which kubeadm knows nothing',
    options: machine('w-2', {
      kubeletCertificate: { from: '2025-11-20T10:00:00.000Z', to: '2026-11-20T10:00:00.000Z' },
    }),
    objects: ['kubelet-client'],
    says: 'kubelet-client on w-2',
  },
  {
    code: 'certificates.expiring',
    severity: 'warning',
    title: 'a kubelet’s certificate that should have been renewed by now',
    options: machine('w-2', {
      kubeletCertificate: { from: '2025-12-24T10:00:00.000Z', to: '2026-12-24T10:00:00.000Z' },
    }),
    objects: ['kubelet-client'],
    says: 'kubelet-client on w-2',
  },
  {
    code: 'node.disk-low',
    severity: 'blocker',
    title: 'an image store in a place of its own that is full',
    options: onNode('w-2', {
      host: {
        freeBytes: { '/': 40 * GiB, '/data/images': 0.2 * GiB },
        machine: machineOf({ imageStore: '/data/images' }),
      },
    }),
    objects: ['w-2'],
    says: 'on /data/images',
  },
]);

describe('and not when it should not', () => {
  test.each<[string, string, SnapshotOptions, string?]>([
    [
      'swap that kubelet-config allows',
      'node.swap-on',
      {
        ...machine('w-2', { swaps: ['/dev/zram0'], ...own({ failSwapOn: false }) }),
        ...sharedKubelet({ failSwapOn: false, featureGates: {} }),
      },
    ],
    [
      'swap that a flag allows',
      'node.swap-on',
      machine('w-2', {
        swaps: ['/dev/zram0'],
        kubelet: {
          featureGates: {},
          arguments: [{ file: '/etc/default/kubelet', flags: [{ name: 'fail-swap-on', value: 'false' }] }],
        },
      }),
    ],
    [
      'a kubelet’s short-lived certificate that is not due yet',
      'certificates.expiring',
      machine('w-2', {
        kubeletCertificate: { from: '2026-11-20T10:00:00.000Z', to: '2026-11-25T10:00:00.000Z' },
      }),
    ],
    ['a slow connection is no skew', 'node.clock-skew', machine('w-2', clock(6_000, 5_500))],
    [
      'a static pod of somebody’s own',
      'kubeadm.stray-manifest',
      machine('cp-2', {
        staticPods: recordedStaticPods().map((pod) => ({ ...pod, file: 'kube-vip.yaml', name: 'kube-vip' })),
      }),
    ],
    [
      'a socket that a file tells, which the bot annotates anew',
      'kubeadm.cri-socket-missing',
      onNode('cp-2', {
        criSocketAnnotated: false,
        host: { machine: machineOf() },
      }),
    ],
    [
      'a quota that was raised',
      'etcd.space-low',
      {
        members: { 'cp-2': { dbSizeBytes: 1.7 * GiB } },
        ...machine('cp-2', {
          staticPods: recordedStaticPods().map((pod) =>
            pod.name === 'etcd'
              ? { ...pod, flags: [...pod.flags, { name: 'quota-backend-bytes', value: String(8 * GiB) }] }
              : pod,
          ),
        }),
      },
    ],
    ['a containerd 1.x well before it is too old', 'node.runtime-too-old', {}],
  ])('%s', (_title, code, options, target) => {
    expect(findingsOf(options, policyOf(), target).map((finding) => finding.code)).not.toContain(code);
  });

  test('what patches have put into a node’s own configuration counts: they are applied again', () => {
    const options = {
      ...machine('w-2', { swaps: ['/dev/zram0'], patchesThere: true, ...own({ failSwapOn: false }) }),
      ...sharedKubelet({ featureGates: {} }),
    };
    expect(findingsOf(options, patches).map(({ code, severity }) => [code, severity])).toEqual([
      ['kubeadm.kubelet-config-edited', 'info'],
    ]);
  });

  test('an image store on the one file system is told once', () => {
    const full = { '/': 0.5 * GiB, '/var/lib/containerd': 0.5 * GiB };
    const [finding] = findingsOf(onNode('w-2', { host: { freeBytes: full } }));
    expect(finding?.summary).toBe('Too little disk is free: w-2 has 512 MiB on /, wants 1 GiB.');
  });

  test('a healthy cluster whose machines and configuration tell everything has no finding at all', () => {
    const all = ['cp-1', 'cp-2', 'cp-3', 'w-1', 'w-2'];
    const nodes = Object.fromEntries(
      all.map((name) => {
        const staticPods = name.startsWith('cp') ? recordedStaticPods() : [];
        return [name, { criSocketAnnotated: true, host: { machine: machineOf({ staticPods }) } }];
      }),
    );
    const { overrides } = sharedKubelet({ featureGates: {} });
    const kubeadm = overrides?.kubeadm && { ...overrides.kubeadm, settings: settingsWith() };
    expect(findingsOf({ nodes, overrides: kubeadm ? { kubeadm } : {} })).toEqual([]);
  });

  test('an alarm is told once, as what it is', () => {
    const codes = findingsOf({ members: { 'cp-2': { healthy: false, alarms: ['CORRUPT'] } } });
    expect(codes.map(({ code }) => code)).toEqual(['etcd.alarm']);
  });
});
