import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { policyOf, type SnapshotOptions } from '../../support/snapshots.ts';
import { findingsOf, testRows } from './support.ts';

const given = (overrides: Partial<Snapshot>): SnapshotOptions => ({ overrides });
const image = (reference: string, workload = 'kube-system/cni') =>
  given({ images: [{ image: reference, workload, pods: 5 }] });
const coreDns = (tag: string) =>
  given({ addons: { coreDnsImage: `registry.k8s.io/coredns/coredns:${tag}` } });
const proxy = (tag: string) => given({ addons: { kubeProxyImage: `registry.k8s.io/kube-proxy:${tag}` } });
const ignoring = policyOf({
  kubeadm: { ignorePreflightErrors: ['CoreDNSMigration', 'CoreDNSUnsupportedPlugins'] },
});

const checks = [
  { name: 'backup-is-fresh', command: ['backup-age'], remedy: 'Run the backup.' },
  { name: 'ingress', promql: 'up', severity: 'warning' as const, remedy: 'See the ingress.' },
];
const answered = (name: string, outcome: 'fine' | 'failed' | 'unknown', said: string) =>
  given({ customChecks: [{ name, outcome, said }] });

testRows([
  {
    code: 'addons.network-untested',
    severity: 'warning',
    title: 'Calico in a release that is too old',
    options: image('quay.io/calico/node:v3.29.3'),
    objects: ['cni'],
    says: 'Calico 3.29 is tested by its makers with Kubernetes 1.29 to 1.32, not with 1.34',
  },
  {
    code: 'addons.network-untested',
    severity: 'warning',
    title: 'Cilium from a mirror, with a digest',
    options: image('mirror.local:5000/quay/cilium/cilium:v1.18.4@sha256:0123'),
    objects: ['cni'],
    says: 'Cilium 1.18 is tested by its makers with Kubernetes 1.30 to 1.33',
  },
  {
    code: 'addons.network-unknown',
    severity: 'info',
    title: 'a release that is not in the table',
    options: image('quay.io/cilium/cilium:v1.42.0'),
    objects: ['cni'],
    says: 'Cilium (v1.42.0)',
  },
  {
    code: 'addons.coredns-unsupported',
    severity: 'blocker',
    title: 'a CoreDNS that is newer than what kubeadm brings',
    options: coreDns('v1.13.1'),
    objects: ['coredns'],
    says: 'CoreDNS 1.13.1 is newer than the 1.12.1 that kubeadm v1.34.9 brings, which its preflight refuses',
  },
  {
    code: 'addons.coredns-unsupported',
    severity: 'blocker',
    title: 'a CoreDNS that kubeadm does not know',
    options: coreDns('v1.11.2'),
    objects: ['coredns'],
    says: 'CoreDNS 1.11.2 is no release that kubeadm v1.34.9 can migrate from',
  },
  {
    code: 'addons.coredns-unsupported',
    severity: 'warning',
    title: 'a CoreDNS of one’s own, where policy ignores what preflight says',
    options: coreDns('v1.12.0-internal.3'),
    policy: ignoring,
    objects: ['coredns'],
    says: 'CoreDNS 1.12.0-internal.3 is no release',
  },
  {
    code: 'skew.kube-proxy-out-of-range',
    severity: 'warning',
    title: 'a kube-proxy that is newer than an API server',
    options: proxy('v1.34.9'),
    objects: ['kube-proxy'],
    says: 'kube-proxy v1.34.9 is newer than the oldest kube-apiserver (v1.33.13)',
  },
  {
    code: 'skew.kube-proxy-out-of-range',
    severity: 'blocker',
    title: 'a kube-proxy that is newer than the target',
    options: proxy('v1.35.1'),
    objects: ['kube-proxy'],
    says: 'kube-proxy v1.35.1 is newer',
  },
  {
    code: 'skew.kube-proxy-out-of-range',
    severity: 'warning',
    title: 'a kube-proxy that was left behind',
    options: proxy('v1.29.1'),
    objects: ['kube-proxy'],
    says: 'kube-proxy v1.29.1 is more than 3 minors older than kube-apiserver v1.33.13',
  },
  {
    code: 'skew.kube-proxy-and-kubelets',
    severity: 'warning',
    title: 'a kubelet that is far from kube-proxy',
    options: { ...proxy('v1.33.13'), nodes: { 'w-2': { kubeletVersion: 'v1.29.3' as never } } },
    objects: ['kube-proxy', 'w-2'],
    says: 'w-2 (v1.29.3)',
  },
  {
    code: 'skew.cloud-controller-out-of-range',
    severity: 'warning',
    title: 'a cloud controller that would be two minors behind',
    options: image('registry.k8s.io/cloud-pv-vsphere/cloud-provider-vsphere:v1.32.2', 'kube-system/vsphere'),
    objects: ['vsphere'],
    says: 'more than one minor older than v1.34.9: kube-system/vsphere v1.32.2',
  },
  {
    code: 'skew.cloud-controller-out-of-range',
    severity: 'warning',
    title: 'a cloud controller that is ahead',
    options: image(
      'mcr.microsoft.com/oss/kubernetes/azure-cloud-controller-manager:v1.34.1',
      'kube-system/azure',
    ),
    objects: ['azure'],
    says: 'newer than the oldest kube-apiserver (v1.33.13)',
  },
  {
    code: 'alerts.firing',
    severity: 'warning',
    title: 'alerts that fire',
    options: given({
      alerts: [
        { name: 'NodeDiskFull', severity: 'critical', labels: { node: 'w-2' }, count: 1 },
        { name: 'Latency', severity: '', labels: {}, count: 3 },
      ],
    }),
    objects: ['Latency', 'NodeDiskFull'],
    says: '2 alerts fire: Latency (3 times) and NodeDiskFull (critical, w-2)',
  },
  {
    code: 'custom.check-failed',
    severity: 'blocker',
    title: 'a check of one’s own that fails',
    options: answered('backup-is-fresh', 'failed', 'the newest backup is 40 h old'),
    policy: policyOf({ checks }),
    objects: ['backup-is-fresh'],
    says: 'The check backup-is-fresh fails: the newest backup is 40 h old',
  },
  {
    code: 'custom.check-failed',
    severity: 'warning',
    title: 'a check that is only a warning',
    options: answered('ingress', 'failed', '1 of 2 samples are 0 or NaN'),
    policy: policyOf({ checks }),
    objects: ['ingress'],
    says: 'ingress fails',
  },
  {
    code: 'custom.check-not-answered',
    severity: 'warning',
    title: 'a check that could not be asked',
    options: answered('ingress', 'unknown', 'no Prometheus is configured for the cluster'),
    policy: policyOf({ checks }),
    objects: ['ingress'],
    says: 'could not be asked: no Prometheus is configured',
  },
  {
    code: 'policy.finding-not-lowered',
    severity: 'warning',
    title: 'a lowering that is over',
    options: {},
    policy: policyOf({
      findings: [{ code: 'alerts.firing', severity: 'info', reason: 'moving house', until: '2026-11-01' }],
    }),
    objects: ['prod-eu'],
    says: 'does not make alerts.firing info: it ended on 2026-11-01',
  },
  {
    code: 'snapshot.gap',
    severity: 'info',
    title: 'something that is done well without',
    options: given({ gaps: [{ what: 'the Helm releases', why: 'forbidden', optional: true }] }),
    objects: ['prod-eu'],
    says: 'the Helm releases (forbidden)',
  },
]);

describe('and not when it should not', () => {
  test.each<[string, SnapshotOptions]>([
    ['Calico in a release that names the target', image('quay.io/calico/node:v3.30.1')],
    ['Flannel, whose makers name no bounds', image('ghcr.io/flannel-io/flannel/flannel:v0.27.0')],
    ['something else of Calico’s', image('quay.io/calico/cni:v3.29.3')],
    ['the CoreDNS of the present minor', coreDns('v1.12.0')],
    ['the CoreDNS of the target', coreDns('v1.12.1')],
    ['a CoreDNS from a mirror with a digest', coreDns('v1.12.0@sha256:0123')],
    ['another DNS server', given({ addons: {} })],
    ['a kube-proxy of the present version', proxy('v1.33.13')],
    ['a kube-proxy that is no release', proxy('v1.33.13-eks')],
    ['a cloud controller of the present minor', image('x/cloud-provider-vsphere:v1.33.0')],
    [
      'a cloud controller with numbers of its own',
      image('hetznercloud/hcloud-cloud-controller-manager:v1.20.0'),
    ],
    ['no alerts', given({ alerts: [] })],
    ['a check that nobody asked for any more', answered('gone', 'failed', 'x')],
  ])('%s', (_title, options) => {
    expect(findingsOf(options)).toEqual([]);
  });

  test('a check that is fine, or was not asked', () => {
    const policy = policyOf({ checks });
    expect(findingsOf(answered('ingress', 'fine', ''), policy)).toEqual([]);
    expect(findingsOf({}, policy)).toEqual([]);
  });

  test('CoreDNS, where no control plane gets a turn', () => {
    const at = 'v1.34.9' as never;
    const controlPlane = {
      kubeletVersion: at,
      controlPlane: { apiServer: at, controllerManager: at, scheduler: at },
      host: { packages: { kubeadm: '1.34.9', kubelet: '1.34.9' } },
    };
    const options = {
      nodes: { 'cp-1': controlPlane, 'cp-2': controlPlane, 'cp-3': controlPlane },
      etcd: '3.6.5',
      overrides: {
        addons: { coreDnsImage: 'registry.k8s.io/coredns/coredns:v1.14.2' },
        kubeadm: { kubernetesVersion: at, imageRepository: 'registry.k8s.io', featureGates: {} },
      },
    };
    expect(findingsOf(options).map(({ code }) => code)).not.toContain('addons.coredns-unsupported');
  });
});

test('a finding that policy lowers no longer refuses the plan', () => {
  const options = answered('backup-is-fresh', 'failed', 'old');
  const findings = [
    {
      code: 'custom.check-failed',
      severity: 'warning' as const,
      reason: 'taken by hand',
      until: '2026-12-01',
    },
  ];
  const [finding] = findingsOf(options, policyOf({ checks, findings }));
  expect(finding).toMatchObject({
    code: 'custom.check-failed',
    severity: 'warning',
    summary: expect.stringContaining('(Lowered from blocker until 2026-12-01: taken by hand)'),
  });
});
