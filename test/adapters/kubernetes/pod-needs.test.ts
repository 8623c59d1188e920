import { describe, expect, it } from 'vitest';
import { PodResource, podObject } from '../../../src/adapters/kubernetes/objects/pod.ts';
import { podNeeds } from '../../../src/adapters/kubernetes/objects/pod-needs.ts';
import { quantity } from '../../../src/adapters/kubernetes/objects/quantity.ts';
import { pod } from './support/objects.ts';

describe('a quantity', () => {
  it.each([
    ['250m', 0.25],
    ['2', 2],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['128Mi', 128 * 1024 ** 2],
    ['64M', 64e6],
    ['2k', 2000],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1E', 1e18],
    ['16281692Ki', 16_281_692 * 1024],
  ])('%s is %d', (text, number) => {
    expect(quantity(text)).toBeCloseTo(number, 6);
  });

  it.each(['', 'x', '1 Gi', '1K', 'Gi', '1e', '--1'])('%j is none', (text) => {
    expect(quantity(text)).toBeUndefined();
  });
});

const container = (cpu: string, memory = '0') => ({ resources: { requests: { cpu, memory } } });

describe('what a pod needs', () => {
  it('is what its containers ask for, or its largest init container, with sidecars and overhead', () => {
    const spec = {
      containers: [container('100m', '64Mi'), container('200m', '64Mi'), {}],
      overhead: { cpu: '50m' },
    };
    expect(podNeeds(spec)).toMatchObject({ cpuMillis: 350, memoryBytes: 128 * 1024 ** 2 });
    expect(podNeeds({ ...spec, initContainers: [container('1'), container('500m')] })?.cpuMillis).toBe(1_050);
    const sidecar = { ...container('300m'), restartPolicy: 'Always' };
    expect(podNeeds({ ...spec, initContainers: [sidecar, container('1')] })?.cpuMillis).toBe(1_350);
    expect(podNeeds({ ...spec, initContainers: [container('100m'), sidecar] })?.cpuMillis).toBe(650);
  });

  it("is the pod's own word where it has one", () => {
    const spec = { containers: [container('100m')], resources: { requests: { cpu: '2' } } };
    expect(podNeeds(spec)?.cpuMillis).toBe(2_000);
  });

  it('is where it may run and how long it may take to end', () => {
    const term = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
    const needs = podNeeds({
      containers: [{}],
      terminationGracePeriodSeconds: 600,
      nodeSelector: { pool: 'db' },
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
        podAntiAffinity: { anything: true },
      },
      tolerations: [{ operator: 'Exists' }],
    });
    expect(needs).toEqual({
      cpuMillis: 0,
      memoryBytes: 0,
      graceSeconds: 600,
      placement: {
        nodeSelector: { pool: 'db' },
        affinity: [[{ key: 'disk', operator: 'In', values: ['ssd'] }]],
        tolerations: [{ key: '', operator: 'Exists', value: '', effect: '' }],
      },
    });
  });

  it('is one object for all pods of a template', () => {
    const spec = { containers: [container('77m')] };
    expect(podNeeds(structuredClone(spec))).toBe(podNeeds(structuredClone(spec)));
  });

  it('is unknown for a spec that makes no sense, and the pod is still there', () => {
    const broken = { ...pod('web'), spec: { ...pod('web').spec, tolerations: 'all' } };
    const read = podObject(PodResource.parse(broken));
    expect(read).toMatchObject({ name: 'web' });
    expect(read).not.toHaveProperty('needs');
  });

  it('names the paths and claims that it mounts', () => {
    const volumes = [
      { hostPath: { path: '/data' } },
      { persistentVolumeClaim: { claimName: 'data-db-0' } },
      { configMap: { name: 'x' } },
    ];
    const read = podObject(PodResource.parse({ ...pod('db'), spec: { ...pod('db').spec, volumes } }));
    expect(read).toMatchObject({ hostPaths: ['/data'], claims: ['data-db-0'] });
  });
});
