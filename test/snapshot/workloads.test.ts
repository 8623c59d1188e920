import { describe, expect, it } from 'vitest';
import type { PodNeeds } from '../../src/ports/kubernetes.ts';
import { overlappingBudgets } from '../../src/snapshot/budgets.ts';
import { workloadsOf } from '../../src/snapshot/workloads.ts';
import { nodeObject, pdbObject, podObject } from './support/fake-cluster.ts';

const placement = { nodeSelector: {}, affinity: [], tolerations: [] };
const needs = (cpuMillis: number, graceSeconds = 30, where = placement): PodNeeds => ({
  cpuMillis,
  memoryBytes: 1_000,
  graceSeconds,
  placement: where,
});
const w1 = nodeObject('w-1', { allocatable: { cpuMillis: 4_000, memoryBytes: 10_000, pods: 110 } });

describe('the workloads of a node', () => {
  it('are what is requested, and what a drain would have to place elsewhere', () => {
    const ssd = { ...placement, nodeSelector: { disk: 'ssd' } };
    const { controller: _, ...alone } = podObject('alone', 'w-1', { needs: needs(1) });
    const workloads = workloadsOf([
      podObject('web-1', 'w-1', { needs: needs(100) }),
      podObject('web-2', 'w-1', { needs: { ...needs(300), placement: { ...placement } } }),
      podObject('db', 'w-1', { needs: needs(50, 30, ssd) }),
      podObject('agent', 'w-1', { needs: needs(10), controller: { kind: 'DaemonSet', name: 'agent' } }),
      podObject('done', 'w-1', { needs: needs(999), phase: 'Succeeded' }),
      podObject('leaving', 'w-1', { needs: needs(5), deletionTimestamp: '2026-11-23T10:00:00Z' }),
      podObject('strange', 'w-1'),
      podObject('elsewhere', 'w-2', { needs: needs(7) }),
      alone,
    ]);
    expect(workloads.placements).toEqual([placement, ssd]);
    const { room } = workloads.ofNode(w1);
    expect(room?.requested).toEqual({ cpuMillis: 466, memoryBytes: 6_000, pods: 7 });
    expect(room?.demand).toEqual([
      {
        placement: 0,
        total: { cpuMillis: 400, memoryBytes: 2_000, pods: 2 },
        largest: { cpuMillis: 300, memoryBytes: 1_000, pods: 1 },
      },
      {
        placement: 1,
        total: { cpuMillis: 50, memoryBytes: 1_000, pods: 1 },
        largest: { cpuMillis: 50, memoryBytes: 1_000, pods: 1 },
      },
    ]);
  });

  it('tell what is more than a moment: local data, the only one, a long end', () => {
    const workloads = workloadsOf(
      [
        podObject('db-0', 'w-1', {
          claims: ['data-db-0', 'x'],
          controller: { kind: 'StatefulSet', name: 'db' },
        }),
        podObject('log', 'w-1', { hostPaths: ['/var/log'], controller: { kind: 'ReplicaSet', name: 'log' } }),
        podObject('web-1', 'w-1', { needs: needs(1, 301) }),
        podObject('web-2', 'w-2', { needs: needs(1, 300) }),
        podObject('job', 'w-1', { controller: { kind: 'Job', name: 'job' } }),
      ],
      [{ name: 'pv-7', namespace: 'shop', claim: 'data-db-0' }],
    );
    expect(workloads.ofNode(w1).pods).toEqual({
      localVolumes: [
        { pod: 'shop/db-0', kind: 'local-volume', what: 'pv-7' },
        { pod: 'shop/log', kind: 'host-path', what: '/var/log' },
      ],
      onlyOnes: ['shop/db-0', 'shop/log'],
      slow: [{ pod: 'shop/web-1', graceSeconds: 301 }],
    });
  });

  it('have no room where the node does not say what it has', () => {
    expect(workloadsOf([]).ofNode(nodeObject('w-1'))).not.toHaveProperty('room');
  });

  it('name the images of DaemonSets and cloud controllers, each once', () => {
    const daemon = { controller: { kind: 'DaemonSet', name: 'cni' }, namespace: 'kube-system' };
    const { images } = workloadsOf([
      podObject('a', 'w-1', { ...daemon, images: { c: 'calico/node:v3' } }),
      podObject('b', 'w-2', { ...daemon, images: { c: 'calico/node:v3' } }),
      podObject('c', 'w-2', { images: { c: 'x/azure-cloud-controller-manager:v1' } }),
      podObject('d', 'w-2', { images: { c: 'shop/web:1' } }),
    ]);
    expect(images).toEqual([
      { image: 'calico/node:v3', workload: 'kube-system/cni', pods: 2 },
      { image: 'x/azure-cloud-controller-manager:v1', workload: 'shop/x', pods: 1 },
    ]);
  });
});

it('overlapping budgets are those that select the same pod, of pods that a drain evicts', () => {
  const labels = { app: 'db' };
  const pods = [
    podObject('db-0', 'w-1', { labels }),
    podObject('agent', 'w-1', { labels, controller: { kind: 'DaemonSet', name: 'agent' } }),
    podObject('web', 'w-1', { labels: { app: 'web' } }),
    podObject('other', 'w-1', { labels, namespace: 'other' }),
  ];
  const budgets = [
    pdbObject('db', { matchLabels: labels }),
    pdbObject('also-db', { matchLabels: labels }),
    pdbObject('web', { matchLabels: { app: 'web' } }),
  ];
  expect(overlappingBudgets(budgets, pods)).toEqual([
    { pod: 'shop/db-0', node: 'w-1', budgets: ['also-db', 'db'] },
  ]);
});
