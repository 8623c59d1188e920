import { expect, test } from 'vitest';
import { NodeName } from '../../src/domain/names.ts';
import { kubeadmFailure } from '../../src/node/kubeadm-failure.ts';
import { outputOf, recording } from '../support/recordings.ts';

const cp1 = NodeName.parse('cp-1');
const failureOf = (output: string) => kubeadmFailure(cp1, 'kubeadm upgrade apply v1.34.9', output, 1);

test('an etcd that did not come up is told as rolled back, with its reason', () => {
  const failure = failureOf(outputOf(recording('failures/kubeadm-upgrade-apply-etcd-does-not-come-up')));
  expect(failure).toMatchObject({
    code: 'kubeadm.etcd-rolled-back',
    retry: 'halt',
    facts: { phase: 'control-plane' },
  });
  expect(failure.lastWords.join('\n')).toContain(
    'static Pod hash for component etcd on Node cp1 did not change after 5m0s',
  );
});

test.each([
  'cluster-1.33.13/kubeadm-upgrade-apply-too-new',
  'cluster-1.33.13/kubeadm-upgrade-apply-two-minors',
  'cluster-1.33.13/kubeadm-upgrade-apply-not-a-version',
])('%s is a check before the upgrade', (name) => {
  expect(failureOf(outputOf(recording(name))).code).toBe('kubeadm.preflight-failed');
});

test('checks that failed are named', () => {
  const output = `[preflight] Some fatal errors occurred:
\t[ERROR CreateJob]: Job "upgrade-health-check" in the namespace "kube-system" did not complete in 15s
\t[ERROR StaticPodManifest]: the control plane Pods are unhealthy
[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\`
error: error execution phase preflight: preflight checks failed
To see the stack trace of this error execute with --v=5 or higher`;
  const failure = failureOf(output);
  expect(failure.facts['checks']).toBe('CreateJob, StaticPodManifest');
  expect(failure.lastWords.at(-1)).toBe('error: error execution phase preflight: preflight checks failed');
});

test.each([
  [
    `error: node cp1 doesn't have kubeadm.alpha.kubernetes.io/cri-socket annotation`,
    'kubeadm.cri-socket-missing',
    'halt',
  ],
  [
    'error: [ERROR ImagePull]: failed to pull image registry.k8s.io/etcd:3.6.5-0: i/o timeout',
    'images.pull-failed',
    'transient',
  ],
  ['error: could not write /etc/kubernetes/tmp/x: no space left on device', 'node.disk-full', 'halt'],
  [
    'error: error execution phase preflight: unable to fetch the kubeadm-config ConfigMap: failed to get config map: Get "https://k8s-api:6443/api": dial tcp 10.77.0.1:6443: connect: connection refused',
    'kubernetes.unavailable',
    'transient',
  ],
  // As kubeadm 1.34 prints them where the API server's name is not found, where nobody answers, and over an expired admin.conf.
  [
    'error: [upgrade] FATAL: failed to get config map: Get "https://k8s-api:6443/api/v1/namespaces/kube-system/configmaps/kubeadm-config?timeout=10s": dial tcp: lookup k8s-api on [::1]:53: read udp [::1]:44882->[::1]:53: read: connection refused',
    'kubernetes.unavailable',
    'transient',
  ],
  [
    'error: [upgrade] FATAL: failed to get config map: Get "https://k8s-api:6443/api/v1/namespaces/kube-system/configmaps/kubeadm-config?timeout=10s": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    'kubernetes.unavailable',
    'transient',
  ],
  [
    'error: unable to fetch the kubeadm-config ConfigMap: failed to get config map: Unauthorized',
    'kubeadm.credentials-refused',
    'halt',
  ],
  [
    'error: couldn\'t create a Kubernetes client from file "/etc/kubernetes/admin.conf": failed to get server version: the server has asked for the client to provide credentials',
    'kubeadm.credentials-refused',
    'halt',
  ],
  [
    'error: [upgrade] FATAL: failed to get config map: Get "https://k8s-api:6443/api": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-23T16:29:00Z is after 2026-11-20T00:00:00Z',
    'certificates.expired',
    'halt',
  ],
  ['error execution phase control-plane: static Pod hash did not change', 'kubeadm.upgrade-failed', 'halt'],
  ['Killed', 'kubeadm.upgrade-failed', 'halt'],
])('%s', (output, code, retry) => {
  expect(failureOf(output)).toMatchObject({ code, retry });
});

test('a name that is not found is told from an API server that does not answer', () => {
  const output =
    'error: [upgrade] FATAL: failed to get config map: Get "https://k8s-api:6443/x": dial tcp: lookup k8s-api on 10.0.0.1:53: no such host';
  expect(failureOf(output).message).toContain('cannot find the API server by its name (DNS)');
});
