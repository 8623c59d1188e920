import { describe, expect, test } from 'vitest';
import type { Flag, KubeletConfiguration } from '../../../src/domain/machine-facts.ts';
import type { KubeadmConfig } from '../../../src/domain/snapshot.ts';
import { lockedGates } from '../../../src/plan/data/changes/locked-gates.ts';
import { removedGates } from '../../../src/plan/data/changes/removed-gates.ts';
import { kubeletWith, machineOf, recordedStaticPods, settingsWith } from '../../support/machines.ts';
import { policyOf, type SnapshotOptions } from '../../support/snapshots.ts';
import { findingsOf, onNode, testRows, v } from './support.ts';

const kubeadm = (version: string, more: Partial<KubeadmConfig>): SnapshotOptions => ({
  version,
  offered: ['1.33.13', '1.34.9', '1.35.3', '1.36.2'],
  etcd: '3.6.5',
  overrides: {
    kubeadm: {
      kubernetesVersion: v(version),
      imageRepository: 'registry.k8s.io',
      featureGates: {},
      ...more,
    },
  },
});
const kubelet = (featureGates: Record<string, boolean>): { kubelet: KubeletConfiguration } => ({
  kubelet: { featureGates },
});
const apiServer = (...flags: Flag[]) => ({ settings: settingsWith({ 'kube-apiserver': flags }) });
const pause: Flag = { name: 'pod-infra-container-image', value: 'registry.k8s.io/pause:3.10' };
const flagsEnv = '/var/lib/kubelet/kubeadm-flags.env';

testRows([
  {
    code: 'configuration.feature-gate-removed',
    severity: 'blocker',
    title: 'a gate in kubelet-config that is gone',
    options: kubeadm('1.35.3', kubelet({ MemoryManager: true, NodeSwap: true })),
    target: '1.36.2',
    objects: ['kubelet-config'],
    says: 'MemoryManager (gone in v1.36) of kubelet in the ConfigMap kubelet-config',
  },
  {
    code: 'configuration.feature-gate-removed',
    severity: 'blocker',
    title: 'a gate in a kubelet’s flags that is gone',
    options: {
      ...kubeadm('1.34.9', {}),
      ...onNode('w-2', {
        host: {
          machine: machineOf(
            kubeletWith('/etc/default/kubelet', {
              name: 'feature-gates',
              value: 'A=true,PodIndexLabel=true',
            }),
          ),
        },
      }),
    },
    target: '1.35.3',
    objects: ['w-2'],
    says: 'PodIndexLabel (gone in v1.35) of kubelet in /etc/default/kubelet on w-2',
  },
  {
    code: 'configuration.feature-gate-removed',
    severity: 'blocker',
    title: 'a gate of kube-scheduler in ClusterConfiguration that is gone',
    options: kubeadm('1.33.13', {
      settings: settingsWith({
        'kube-scheduler': [{ name: 'feature-gates', value: 'ElasticIndexedJob=true' }],
      }),
    }),
    objects: ['kubeadm-config'],
    says: 'ElasticIndexedJob (gone in v1.34) of kube-scheduler in the ConfigMap kubeadm-config',
  },
  {
    code: 'configuration.feature-gate-locked',
    severity: 'blocker',
    title: 'a gate that is switched off and can be no more',
    options: kubeadm('1.33.13', kubelet({ KubeletTracing: false })),
    objects: ['kubelet-config'],
    says: 'KubeletTracing=false (always true from v1.34)',
  },
  {
    code: 'configuration.flag-removed',
    severity: 'blocker',
    title: 'a flag that kubelets do not know any more',
    options: onNode('w-2', {
      host: {
        machine: machineOf(kubeletWith('/etc/default/kubelet', { name: 'cloud-config', value: '/c' })),
      },
    }),
    objects: ['w-2'],
    says: '--cloud-config (gone in v1.34) of kubelet in /etc/default/kubelet on w-2',
  },
  {
    code: 'configuration.flag-removed',
    severity: 'blocker',
    title: 'kubeadm’s own flag in a file that kubeadm does not tidy',
    options: {
      ...kubeadm('1.34.9', {}),
      ...onNode('w-2', { host: { machine: machineOf(kubeletWith('/etc/default/kubelet', pause)) } }),
    },
    target: '1.35.3',
    objects: ['w-2'],
    says: '--pod-infra-container-image (gone in v1.35)',
  },
  {
    code: 'configuration.flag-removed',
    severity: 'blocker',
    title: 'kubeadm’s own flag on a worker that skips the minor whose kubeadm tidies it',
    options: {
      ...kubeadm('1.35.3', {}),
      ...onNode('w-2', {
        kubeletVersion: v('1.34.9'),
        host: { packages: { kubelet: '1.34.9' }, machine: machineOf(kubeletWith(flagsEnv, pause)) },
      }),
    },
    target: '1.36.2',
    objects: ['w-2'],
    says: `in ${flagsEnv} on w-2`,
  },
  {
    code: 'configuration.flag-removed',
    severity: 'blocker',
    title: 'a flag of kube-apiserver in ClusterConfiguration',
    options: {
      ...kubeadm('1.32.9', apiServer({ name: 'cloud-provider', value: 'external' })),
      etcd: '3.5.32',
    },
    target: '1.33.13',
    objects: ['kubeadm-config'],
    says: '--cloud-provider (gone in v1.33) of kube-apiserver in the ConfigMap kubeadm-config',
  },
  {
    code: 'configuration.admission-plugin-removed',
    severity: 'blocker',
    title: 'an admission plugin that is gone',
    options: {
      ...kubeadm(
        '1.30.9',
        apiServer({ name: 'enable-admission-plugins', value: 'NodeRestriction,PersistentVolumeLabel' }),
      ),
      offered: ['1.31.9'],
      etcd: '3.5.32',
    },
    target: '1.31.9',
    objects: ['kubeadm-config'],
    says: 'PersistentVolumeLabel (gone in v1.31)',
  },
  {
    code: 'configuration.api-version-removed',
    severity: 'blocker',
    title: 'an API version in --runtime-config that is gone',
    options: kubeadm(
      '1.33.13',
      apiServer({ name: 'runtime-config', value: 'api/all=true,networking.k8s.io/v1alpha1=true' }),
    ),
    objects: ['kubeadm-config'],
    says: 'networking.k8s.io/v1alpha1 (gone in v1.34)',
  },
  {
    code: 'configuration.kubeadm-gate-removed',
    severity: 'warning',
    title: 'a gate of kubeadm itself that is gone',
    options: kubeadm('1.34.9', { featureGates: { WaitForAllControlPlaneComponents: true } }),
    target: '1.35.3',
    objects: ['kubeadm-config'],
    says: 'WaitForAllControlPlaneComponents (gone in v1.35)',
  },
  {
    code: 'configuration.changes-unknown',
    severity: 'warning',
    title: 'a target beyond the tables',
    options: { version: '1.36.2', offered: ['1.37.0'], etcd: '3.6.5', nodes: {} },
    target: '1.37.0',
    objects: ['prod-eu'],
    says: 'the tables end with v1.36',
  },
  {
    code: 'kubeadm.manifest-edited',
    severity: 'warning',
    title: 'flags that were put into a manifest by hand',
    options: {
      ...kubeadm('1.33.13', apiServer({ name: 'audit-log-maxage', value: '30' })),
      etcd: '3.5.32',
      ...onNode('cp-2', {
        host: {
          machine: machineOf({
            staticPods: recordedStaticPods().map((pod) =>
              pod.name === 'kube-apiserver'
                ? { ...pod, flags: [...pod.flags, { name: 'profiling', value: 'false' }] }
                : pod,
            ),
          }),
        },
      }),
    },
    objects: ['cp-2'],
    says: 'kube-apiserver on cp-2: - --profiling=false and + --audit-log-maxage=30',
  },
  {
    code: 'kubeadm.manifest-edited',
    severity: 'info',
    title: 'the same where patches may bring it back',
    policy: policyOf({ kubeadm: { patchesDirectory: '/etc/kubernetes/patches' } }),
    options: {
      ...kubeadm('1.33.13', { settings: settingsWith() }),
      etcd: '3.5.32',
      ...onNode('cp-2', {
        host: {
          machine: machineOf({
            patchesThere: true,
            staticPods: recordedStaticPods().map((pod) =>
              pod.name === 'etcd' ? { ...pod, resources: { 'requests.cpu': '2' } } : pod,
            ),
          }),
        },
      }),
    },
    objects: ['cp-2'],
    says: 'unless the patches in /etc/kubernetes/patches say the same',
  },
]);

describe('and not when it should not', () => {
  test.each<[string, SnapshotOptions, string]>([
    ['a gate that a later minor takes away', kubeadm('1.33.13', kubelet({ MemoryManager: true })), '1.34.9'],
    [
      'a gate that is locked to what it is set to',
      kubeadm('1.33.13', kubelet({ KubeletTracing: true })),
      '1.34.9',
    ],
    [
      'kubeadm’s own flag, taken away by the kubeadm of that minor',
      {
        ...kubeadm('1.34.9', {}),
        ...onNode('w-2', { host: { machine: machineOf(kubeletWith(flagsEnv, pause)) } }),
      },
      '1.35.3',
    ],
    [
      'a gate that stands only in a manifest, which kubeadm writes anew',
      {
        ...kubeadm('1.33.13', { settings: settingsWith() }),
        ...onNode('cp-2', {
          host: {
            machine: machineOf({
              staticPods: recordedStaticPods().map((pod) => ({
                ...pod,
                flags: [...pod.flags, { name: 'feature-gates', value: 'ElasticIndexedJob=true' }],
              })),
            }),
          },
        }),
      },
      '1.34.9',
    ],
    [
      'a worker that gets no turn',
      {
        ...kubeadm('1.33.13', {}),
        ...onNode('w-2', {
          kubeletVersion: v('1.34.9'),
          host: {
            packages: { kubeadm: '1.34.9', kubelet: '1.34.9' },
            machine: machineOf(kubeletWith('/etc/default/kubelet', { name: 'cloud-config', value: '/c' })),
          },
        }),
      },
      '1.34.9',
    ],
  ])('%s', (_title, options, target) => {
    const codes = findingsOf(options, policyOf(), target).map(({ code }) => code);
    expect(codes.filter((code) => code.startsWith('configuration.'))).toEqual([]);
  });
});

describe('the tables', () => {
  test('name no gate twice, and lock none that is gone by then', () => {
    const removed = Object.entries(removedGates).flatMap(([minor, gates]) =>
      gates.map((gate): [string, number] => [gate, Number(minor)]),
    );
    expect(new Set(removed.map(([gate]) => gate)).size).toBe(removed.length);
    const goneIn = new Map(removed);
    const locked = Object.entries(lockedGates).flatMap(([minor, { on, off }]) =>
      [...on, ...off].map((gate) => ({ gate, minor: Number(minor) })),
    );
    expect(locked.filter(({ gate, minor }) => (goneIn.get(gate) ?? 99) <= minor)).toEqual([]);
    expect(removed.length).toBeGreaterThan(90);
  });
});
