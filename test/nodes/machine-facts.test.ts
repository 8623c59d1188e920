import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { readHostFacts } from '../../src/node/host-facts.ts';
import { recording } from '../support/recordings.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { type LabNode, startNode } from './support/node.ts';

const base = inject('base');

describe.skipIf(base === '')('the facts of a real machine', () => {
  let node: LabNode;
  let hosts: RemoteHosts;
  beforeAll(async () => {
    node = await startNode(base, 'kub-facts', 24);
    hosts = hostsFor([node], await configFor([node]));
    const manifest = Buffer.from(recording('cluster-1.33.13/manifest-kube-apiserver').stdout).toString(
      'base64',
    );
    const directory = '/etc/kubernetes/manifests';
    await node.sh(
      [
        `mkdir -p ${directory} /etc/kubernetes/tmp/kubeadm-backup-etcd-1 /var/lib/kubelet /etc/containerd /srv/images`,
        `echo ${manifest} | base64 -d | tee ${directory}/kube-apiserver.yaml >"${directory}/kube-apiserver of old.yaml"`,
        `echo 'not this one' >${directory}/.hidden.yaml`,
        'head -c 3000000 /dev/zero >/etc/kubernetes/tmp/kubeadm-backup-etcd-1/db',
        'echo \'root = "/srv/images"\' >/etc/containerd/config.toml',
        "printf 'failSwapOn: false\\nfeatureGates:\\n  NodeSwap: true\\n' >/var/lib/kubelet/config.yaml",
        'echo \'KUBELET_EXTRA_ARGS="--cloud-config=/etc/cloud"\' >/etc/default/kubelet',
      ].join('\n'),
    );
  });
  afterAll(async () => {
    hosts?.close();
    await node?.dispose();
  });

  test('are what is on it, its clock the clock of the machine that it runs on', async () => {
    const facts = await readHostFacts(hosts.hostOf(lab, nameOf(node)), {
      clock: systemClock,
      patchesDirectory: '/etc/kubernetes/patches',
      programs: ['sh', '/bin/true', 'etcdctl', '/opt/none', 'save etcd', '-n'],
    });
    if (facts.status !== 'reached') throw new Error(facts.reason);
    expect(facts.machine).toMatchObject({
      kubelet: {
        failSwapOn: false,
        featureGates: { NodeSwap: true },
        arguments: [{ file: '/etc/default/kubelet', flags: [{ name: 'cloud-config', value: '/etc/cloud' }] }],
      },
      staticPods: [
        { file: 'kube-apiserver of old.yaml', image: 'registry.k8s.io/kube-apiserver:v1.33.13' },
        { file: 'kube-apiserver.yaml' },
      ],
      unreadableManifests: [],
      leftovers: { entries: 1 },
      imageStore: '/srv/images',
      patchesThere: false,
      programsMissing: ['/opt/none', 'save etcd', '-n'],
    });
    expect(facts.machine?.leftovers.bytes).toBeGreaterThan(2_900_000);
    expect([1, 2]).toContain(facts.machine?.cgroup);
    expect(Object.keys(facts.freeBytes)).toEqual(expect.arrayContaining(['/', '/srv/images']));
    const { offsetMs, uncertaintyMs } = facts.machine?.clock ?? { offsetMs: Number.NaN, uncertaintyMs: 0 };
    expect(Math.abs(offsetMs)).toBeLessThanOrEqual(uncertaintyMs + 5);
    expect(uncertaintyMs).toBeLessThan(5_000);
  });
});
