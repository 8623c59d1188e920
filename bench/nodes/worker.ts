import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { NodeName } from '../../src/domain/names.ts';
import type { Kubernetes } from '../../src/ports/kubernetes.ts';
import type { LabNode } from '../../test/nodes/support/node.ts';
import type { Repository } from '../../test/nodes/support/repository.ts';
import { until } from '../../test/nodes/support/shell.ts';
import { fakeKubernetes, nodeObject } from '../../test/support/fake-kubernetes.ts';
import { before, registration, workerFiles } from './stand-ins.ts';

const source = '/etc/apt/sources.list.d/kubernetes.list';

/** Makes a worker of the old version of a node, from whatever version it is at; nobody measures it. */
export async function makeWorker(node: LabNode, repository: Repository): Promise<void> {
  const all = ['kubeadm', 'kubelet', 'kubectl'];
  const keyring = repository.keyring.toString('base64');
  await node.sh(`set -e
    mkdir -p /etc/apt/keyrings; echo ${keyring} | base64 -d >${repository.keyringPath}
    echo '${repository.sourceLine('1.33').trim()}' >${source}
    ${workerFiles}
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq -y --allow-downgrades --allow-change-held-packages install ${all.map((name) => `${name}=${before}-1.1`).join(' ')} 2>&1
    apt-mark -qq hold ${all.join(' ')}
    rm -rf ${registration} /var/lib/kubelet/instance-config.yaml /var/lib/k8s-upgrade-bot
    systemctl daemon-reload
    systemctl restart kubelet`);
  const joined = async () => ((await registered(node)) === `v${before}` ? true : undefined);
  await until(`${node.name} to join`, joined, { withinMs: 10_000 });
}

/** The API of a cluster with one worker: the node is what its kubelet has told, and nothing runs on it. */
export function apiOf(node: LabNode): Kubernetes {
  const api = fakeKubernetes(systemClock);
  const name = NodeName.parse(node.name);
  // kubeadm before 1.34 is told by this where the container runtime is, and every node has it.
  const annotations = { 'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/containerd/containerd.sock' };
  api.nodes.set(name, nodeObject(node.name, { annotations }));
  return {
    ...api,
    async getNode(asked) {
      const known = await api.getNode(asked);
      return known && { ...known, kubeletVersion: await registered(node) };
    },
    nodeLeaseRenewedAt: async () => (await stat(join(node.root, registration))).mtimeMs,
  };
}

const registered = (node: LabNode) => readFile(join(node.root, registration), 'utf8').catch(() => 'unknown');
