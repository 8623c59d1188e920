import { describe, expect, it } from 'vitest';
import { parseExpirationInfo } from '../../src/snapshot/certificates.ts';
import { tagOf } from '../../src/snapshot/control-plane.ts';
import { parseKubeadmConfig } from '../../src/snapshot/kubeadm-config.ts';
import { recordedOutput } from './support/recordings.ts';

describe('the tag of an image', () => {
  it.each([
    ['registry.k8s.io/kube-apiserver:v1.33.13', 'v1.33.13'],
    ['mirror.local:5000/kube-apiserver:v1.33.13', 'v1.33.13'],
    ['mirror.local:5000/kube-apiserver', ''],
    ['registry.k8s.io/etcd:3.5.24-0@sha256:0123abcd', '3.5.24-0'],
    ['registry.k8s.io/etcd@sha256:0123abcd', ''],
    ['', ''],
  ])('of %s is %s', (image, tag) => {
    expect(tagOf(image)).toBe(tag);
  });
});

describe("kubeadm's configuration", () => {
  const configuration = (...lines: string[]) => ({
    ClusterConfiguration: ['kind: ClusterConfiguration', 'kubernetesVersion: v1.33.13', ...lines].join('\n'),
  });

  it('has the defaults of kubeadm where it says nothing', () => {
    const nothing = { flags: [], volumes: [], environment: [] };
    expect(parseKubeadmConfig(configuration())).toEqual({
      status: 'parsed',
      kubeadm: {
        kubernetesVersion: 'v1.33.13',
        imageRepository: 'registry.k8s.io',
        featureGates: {},
        settings: {
          certificatesDirectory: '/etc/kubernetes/pki',
          clusterName: 'kubernetes',
          components: {
            'kube-apiserver': nothing,
            'kube-controller-manager': nothing,
            'kube-scheduler': nothing,
            etcd: nothing,
          },
        },
      },
    });
  });

  it.each([
    ['v1beta3', 'apiServer: {extraArgs: {audit-log-path: /var/log/audit.log}}'],
    ['v1beta4', 'apiServer: {extraArgs: [{name: audit-log-path, value: /var/log/audit.log}]}'],
  ])('tells what %s adds to a component', (_, line) => {
    const parsed = parseKubeadmConfig(
      configuration(
        line,
        'scheduler: {extraVolumes: [{name: policy, hostPath: /p, mountPath: /p}], extraEnvs: [{name: TZ, value: UTC}]}',
        'networking: {serviceSubnet: 10.1.0.0/16}',
      ),
    );
    expect(parsed).toMatchObject({
      kubeadm: {
        settings: {
          serviceSubnet: '10.1.0.0/16',
          components: {
            'kube-apiserver': { flags: [{ name: 'audit-log-path', value: '/var/log/audit.log' }] },
            'kube-scheduler': { volumes: ['policy'], environment: ['TZ'] },
          },
        },
      },
    });
  });

  it('plans on without what only findings rest on', () => {
    expect(parseKubeadmConfig(configuration('apiServer: {extraArgs: nonsense}'))).toMatchObject({
      status: 'parsed',
      kubeadm: { kubernetesVersion: 'v1.33.13' },
    });
  });

  it('tells a pinned etcd, a mirror and feature gates', () => {
    const data = configuration(
      'imageRepository: mirror.local:5000/k8s',
      'featureGates: {NodeLocalCRISocket: false}',
      'etcd: {local: {dataDir: /var/lib/etcd, imageTag: 3.5.26-0}}',
    );
    expect(parseKubeadmConfig(data)).toMatchObject({
      kubeadm: {
        imageRepository: 'mirror.local:5000/k8s',
        featureGates: { NodeLocalCRISocket: false },
        etcdImageTag: '3.5.26-0',
      },
    });
  });

  it.each([
    ['nothing', {}],
    ['two of the same key', configuration('kubernetesVersion: v1.34.0')],
    ['a bomb of aliases', configuration('a: &a [x, x]', 'b: [*a, *a, *a]')],
    [
      'a version that is a number',
      { ClusterConfiguration: 'kind: ClusterConfiguration\nkubernetesVersion: 1.33' },
    ],
  ])('is unusable with %s', (_, data) => {
    expect(parseKubeadmConfig(data)).toMatchObject({ status: 'unusable', why: expect.stringMatching(/./) });
  });
});

describe("kubeadm's list of certificates", () => {
  const recorded = recordedOutput('cluster-1.33.13/kubeadm-certs-check-expiration-json');

  it('names certificates and authorities with their expiry', () => {
    const certificates = parseExpirationInfo(recorded) ?? [];
    expect(certificates).toHaveLength(14);
    expect(certificates[0]).toEqual({ name: 'admin.conf', expiresAt: '2027-11-23T03:43:42Z' });
    expect(certificates.at(-1)).toEqual({ name: 'front-proxy-ca', expiresAt: '2036-11-20T03:43:42Z' });
  });

  it('is read behind the notes of older releases', () => {
    const notes = '[check-expiration] Reading configuration from the cluster...\n';
    expect(parseExpirationInfo(notes + recorded)).toHaveLength(14);
  });

  it('leaves out what is missing: an external authority, etcd elsewhere', () => {
    const entry = { name: 'etcd-ca', expirationDate: '', missing: true };
    const info = { kind: 'CertificateExpirationInfo', certificates: null, certificateAuthorities: [entry] };
    expect(parseExpirationInfo(JSON.stringify(info))).toEqual([]);
  });

  it.each(['', 'failed to load', '{"kind":"Other"}', '{'])('is not %j', (output) => {
    expect(parseExpirationInfo(output)).toBeUndefined();
  });

  it('leaves out a certificate that is missing: it has no date', () => {
    const output = JSON.stringify({
      kind: 'CertificateExpirationInfo',
      certificates: [
        { name: 'admin.conf', expirationDate: '2027-11-23T03:43:42Z', missing: false },
        { name: 'super-admin.conf', expirationDate: null, missing: true },
      ],
    });
    expect(parseExpirationInfo(output)).toEqual([{ name: 'admin.conf', expiresAt: '2027-11-23T03:43:42Z' }]);
  });
});
