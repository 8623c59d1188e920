import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type SandboxCluster, startCluster } from '../../../sandbox/cluster/index.ts';
import { kubectlPath } from '../../sandbox/cluster/support/kubectl.ts';
import { gateway } from './network.ts';
import type { LabNode } from './node.ts';

/** A node that has what kubeadm gives a control plane for kubectl: the real one, and an administrator's kubeconfig. */
export interface KubectlNode {
  readonly cluster: SandboxCluster;
  /** Every kubectl that has run there since the last call, as its arguments. */
  calls(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a simulated cluster, and gives the node the real kubectl with a way to that cluster's API. */
export async function withKubectl(node: LabNode): Promise<KubectlNode> {
  const cluster = await startCluster({
    name: 'addons',
    controlPlanes: 1,
    workers: 1,
    version: 'v1.33.13',
    offered: ['1.33.13'],
    timeScale: 200,
    workload: 'none',
    directory: await mkdtemp(join(inject('scratch'), 'cluster-')),
  });
  const port = cluster.apiPorts.loadBalancer;
  // The simulated API listens on loopback, where the node cannot reach it.
  const relay = createServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, gateway(), resolve));
  const relayed = `https://${gateway()}:${(relay.address() as AddressInfo).port}`;
  const kubeconfig = (await readFile(cluster.kubeconfigPath, 'utf8')).replaceAll(
    `server: https://127.0.0.1:${port}`,
    `server: ${relayed}\n      tls-server-name: 127.0.0.1`,
  );
  await node.sh('mkdir -p /etc/kubernetes /usr/local/bin');
  await writeFile(join(node.root, 'etc/kubernetes/admin.conf'), kubeconfig, { mode: 0o600 });
  await cp(await kubectlPath(), join(node.root, 'usr/local/bin/kubectl.real'));
  const recording = '#!/bin/sh\necho "$*" >>/root/kubectl-calls\nexec kubectl.real "$@"\n';
  await writeFile(join(node.root, 'usr/local/bin/kubectl'), recording, { mode: 0o755 });
  return {
    cluster,
    async calls() {
      const text = await node.sh('cat /root/kubectl-calls 2>/dev/null; rm -f /root/kubectl-calls');
      return text.split('\n').filter((line) => line !== '');
    },
    async stop() {
      relay.close();
      await cluster.stop();
    },
  };
}
