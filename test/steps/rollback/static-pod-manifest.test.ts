import { describe, expect, test } from 'vitest';
import { RunId } from '../../../src/domain/names.ts';
import type { StaticPod } from '../../../src/domain/step.ts';
import { savedManifest } from '../../../src/steps/rollback/static-pod-manifest.ts';

const backup = { run: RunId.parse('zyx987'), path: '/backups/cp-1.tar.gz', sha256: 'a'.repeat(64) };

function inBackup(pod: StaticPod, text: string) {
  const path = `/etc/kubernetes/manifests/${pod}.yaml`;
  return savedManifest(new Map([[path, { path, mode: '0600', text }]]), pod, backup);
}
const manifest = (...containers: object[]) => JSON.stringify({ spec: { containers } });
const own = (more: object = {}) => ({
  name: 'kube-scheduler',
  image: 'registry.k8s.io/kube-scheduler:v1.33.13',
  ...more,
});

describe('which container of a saved manifest is the component', () => {
  const sidecar = { name: 'audit', image: 'registry.local/audit:7' };

  test.each([
    [[sidecar, own()], 'v1.33.13'],
    [[own(), sidecar], 'v1.33.13'],
    // Not kubeadm's name: then the first, as kubeadm's patches add theirs behind.
    [[own({ name: 'scheduler' }), sidecar], 'v1.33.13'],
  ])('%#: the one of its name, else the first', (containers, tag) => {
    expect(inBackup('kube-scheduler', manifest(...containers))).toMatchObject({ tag, mode: '0600' });
  });

  test.each(['', '{', 'spec: {}', manifest(), manifest({ name: 'kube-scheduler' })])(
    'what is no manifest of a pod is refused: %s',
    (text) => {
      expect(() => inBackup('kube-scheduler', text)).toThrow(
        expect.objectContaining({
          code: 'backup.corrupt',
          message: expect.stringContaining('is no manifest of a pod'),
        }),
      );
    },
  );
});

describe('what is asked whether it answers', () => {
  const probeOf = (more: object) => inBackup('kube-scheduler', manifest(own(more))).probe;
  const ports = [
    { name: 'other', containerPort: 1 },
    { name: 'probe-port', containerPort: 10259 },
  ];
  const httpGet = { path: '/readyz', port: 10259, scheme: 'HTTPS', host: '127.0.0.1' };

  test.each<[string, object, string]>([
    ['its readiness', { readinessProbe: { httpGet } }, 'https://127.0.0.1:10259/readyz'],
    [
      'readiness before liveness',
      { readinessProbe: { httpGet }, livenessProbe: { httpGet: { ...httpGet, path: '/livez' } } },
      'https://127.0.0.1:10259/readyz',
    ],
    ['its liveness where it has no other', { livenessProbe: { httpGet } }, 'https://127.0.0.1:10259/readyz'],
    ['defaults', { livenessProbe: { httpGet: { port: 2381 } } }, 'http://127.0.0.1:2381/'],
    [
      'a port by its name',
      { ports, livenessProbe: { httpGet: { ...httpGet, port: 'probe-port' } } },
      'https://127.0.0.1:10259/readyz',
    ],
    [
      'an address of IPv6',
      { livenessProbe: { httpGet: { ...httpGet, host: '::1' } } },
      'https://[::1]:10259/readyz',
    ],
    ['nothing: a port that has no number', { livenessProbe: { httpGet: { ...httpGet, port: 'none' } } }, ''],
    ['nothing: a probe by command', { livenessProbe: { exec: { command: ['true'] } } }, ''],
    ['nothing: no probe', {}, ''],
  ])('%s', (_, container, probe) => {
    expect(probeOf(container)).toBe(probe);
  });
});
