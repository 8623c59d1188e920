import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pod } from '../../../sandbox/cluster/model/objects.ts';
import { kubectl as run } from './support/kubectl.ts';
import { type Started, started } from './support/started.ts';

let cluster: Started;
beforeAll(async () => {
  cluster = await started({ workers: 4, workload: { shop: true, barePodOn: 'w-01' } });
});
afterAll(() => cluster.end());

const kubectl = (...args: string[]) => run(cluster.kubeconfigPath, ...args);
const podsOn = (node: string) =>
  cluster.model.store
    .podsOn<Pod>(node)
    .map(({ metadata }) => metadata.name.replace(/-\w{9,10}-\w{5}$|-\w{5}$/, ''));

describe('a real kubectl', () => {
  test('gets nodes as a table and as JSON with their items', async () => {
    const { stdout } = await kubectl('get', 'nodes', '-o', 'wide');
    expect(stdout.split('\n')[0]).toMatch(
      /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE/,
    );
    expect(stdout).toMatch(/^cp-1 +Ready +control-plane +\w+ +v1\.33\.13 +10\.77\.0\.11 +<none> +Debian/m);
    const list = JSON.parse((await kubectl('get', 'nodes', '-o', 'json')).stdout) as {
      items: { kind: string; metadata: { name: string } }[];
    };
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual([
      'cp-1',
      'cp-2',
      'cp-3',
      'w-01',
      'w-02',
      'w-03',
      'w-04',
    ]);
  });

  test('gets what matches a label or a field', async () => {
    const labelled = await kubectl(
      'get',
      'pods',
      '-n',
      'kube-system',
      '-l',
      'component in (etcd),tier=control-plane',
      '-o',
      'name',
    );
    expect(labelled.stdout).toBe('pod/etcd-cp-1\npod/etcd-cp-2\npod/etcd-cp-3\n');
    const onNode = await kubectl(
      'get',
      'pods',
      '-A',
      '--field-selector',
      'spec.nodeName=w-01,status.phase=Running',
      '-o',
      'name',
    );
    expect(onNode.stdout.trim().split('\n')).toHaveLength(podsOn('w-01').length);
  });

  test('is refused a drain without its flags, in the words of the recorded one', async () => {
    const { code, stderr } = await kubectl('drain', 'w-01');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): kube-system/kube-proxy-',
    );
    expect(stderr).toContain('(use --force to override): shop/bare');
    expect((await kubectl('get', 'node', 'w-01')).stdout).toContain('Ready,SchedulingDisabled');
  });

  test('drains a node within the budgets and uncordons it', { timeout: 40_000 }, async () => {
    const drained = await kubectl(
      'drain',
      'w-01',
      '--ignore-daemonsets',
      '--delete-emptydir-data',
      '--force',
      '--timeout=60s',
    );
    expect(drained.code, drained.stderr).toBe(0);
    // Whether a budget is in the way for a moment depends on how fast the others' pods came up on this machine.
    expect(drained.stdout).toMatch(/pod\/bare evicted[\s\S]*node\/w-01 drained\n$/);
    expect(podsOn('w-01')).toEqual(['kube-proxy']);
    expect((await kubectl('uncordon', 'w-01')).stdout).toBe('node/w-01 uncordoned\n');
    expect(cluster.journal.of('cordon', 'w-01')).toHaveLength(1);
    expect(cluster.journal.of('uncordon', 'w-01')).toHaveLength(1);
    const rollout = await kubectl('-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=20s');
    expect(rollout.stdout).toContain('successfully rolled out');
  });

  test('scales, annotates, sets an image and follows the rollout', async () => {
    expect((await kubectl('-n', 'shop', 'scale', 'sts', 'db', '--replicas=4')).stdout).toBe(
      'statefulset.apps/db scaled\n',
    );
    expect((await kubectl('annotate', '--overwrite', 'node', 'w-02', 'team=a')).stdout).toBe(
      'node/w-02 annotated\n',
    );
    await kubectl(
      '-n',
      'kube-system',
      'set',
      'image',
      'ds/kube-proxy',
      'kube-proxy=registry.k8s.io/kube-proxy:v1.34.9',
    );
    const { stdout } = await kubectl(
      '-n',
      'kube-system',
      'rollout',
      'status',
      'ds/kube-proxy',
      '--timeout=30s',
    );
    expect(stdout).toContain('daemon set "kube-proxy" successfully rolled out');
    const images = cluster.model.store
      .list<Pod>('Pod', 'kube-system')
      .filter(({ metadata }) => metadata.name.startsWith('kube-proxy-'));
    expect(images.map(({ spec }) => spec.containers[0]?.image)).toEqual(
      Array.from({ length: 7 }, () => 'registry.k8s.io/kube-proxy:v1.34.9'),
    );
  });

  test('applies a ConfigMap on the client and on the server side', async () => {
    const { writeFile } = await import('node:fs/promises');
    const file = `${cluster.kubeconfigPath}.cm.yaml`;
    await writeFile(
      file,
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\ndata: {x: y}\n',
    );
    expect((await kubectl('apply', '-f', file)).stdout).toBe('configmap/a created\n');
    expect((await kubectl('apply', '-f', file)).stdout).toBe('configmap/a unchanged\n');
    expect((await kubectl('apply', '--server-side', '--force-conflicts', '-f', file)).stdout).toBe(
      'configmap/a serverside-applied\n',
    );
  });
});
