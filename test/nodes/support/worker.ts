import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import { NodeName } from '../../../src/domain/names.ts';
import type { KubernetesVersion } from '../../../src/domain/version.ts';
import { criSocketAnnotation } from '../../../src/node/cri-socket.ts';
import { type FakeKubernetes, fakeKubernetes, nodeObject } from '../../support/fake-kubernetes.ts';
import type { StandIn } from './deb.ts';
import type { LabNode } from './node.ts';
import type { Repository } from './repository.ts';

/** Where the stand-in of the kubelet writes what a real one tells the API server: its version. */
const toldPath = 'var/lib/kubelet/told';

/** Answers like a kubelet's health check does. */
const healthz = `import http.server
class Healthz(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", 10248), Healthz).serve_forever()`;

/**
 * A kubelet that runs and is healthy, and a kubeadm that writes the kubelet's configuration. kubeadm leaves a line in
 * /root/kubeadm-ran each time, and hangs, with a child of its own, while /root/hang is there.
 */
export function workerPackages(version: string): StandIn[] {
  const programs: Record<string, string> = {
    kubectl: `#!/bin/sh\necho Client Version: v${version}\n`,
    kubelet: `#!/bin/sh
if [ "$1" = --version ]; then echo Kubernetes v${version}; exit; fi
echo v${version} >/${toldPath}
exec python3 -c '${healthz}'
`,
    kubeadm: `#!/bin/sh
if [ "$1" = version ]; then echo v${version}; exit; fi
echo ran >>/root/kubeadm-ran
echo '[upgrade] Reading configuration from the "kubeadm-config" ConfigMap…'
if [ -e /root/hang ]; then
  [ -e /root/slow-end ] && trap 'sleep 3; echo ended >>/root/kubeadm-ended; exit 1' TERM
  echo '[upgrade] Waiting for the API server to answer'
  setsid sleep 1001 &
  while [ -e /root/hang ]; do sleep 0.1; done
  kill $!
fi
echo 'kind: KubeletConfiguration # v${version}' >/var/lib/kubelet/config.yaml
echo '[upgrade] The configuration for this node was successfully updated!'
`,
  };
  return Object.entries(programs).map(([name, program]) => ({
    name,
    version: `${version}-1.1`,
    files: { [`usr/bin/${name}`]: program },
  }));
}

/** Makes a fresh node a worker of such a cluster at 1.33.13, its packages held. */
export async function asWorker(node: LabNode, repository: Repository): Promise<void> {
  const keyring = repository.keyring.toString('base64');
  await node.sh(`set -e
    mkdir -p /etc/apt/keyrings /var/lib/kubelet
    echo ${keyring} | base64 -d >${repository.keyringPath}
    echo '${repository.sourceLine('1.33').trim()}' >/etc/apt/sources.list.d/kubernetes.list
    echo 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"' >/var/lib/kubelet/kubeadm-flags.env
    echo 'kind: KubeletConfiguration' >/var/lib/kubelet/config.yaml
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq -y install kubeadm=1.33.13-1.1 kubelet=1.33.13-1.1 kubectl=1.33.13-1.1 >/dev/null 2>&1
    apt-mark -qq hold kubeadm kubelet kubectl
    printf '[Service]\\nExecStart=/usr/bin/kubelet\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/kubelet.service
    systemctl -q enable --now kubelet`);
}

/** The cluster that the node is a worker of: what its kubelet says is what the node's kubelet says. */
export function clusterOf(node: LabNode): FakeKubernetes {
  const name = NodeName.parse(node.name);
  const fake = fakeKubernetes(systemClock);
  const socket = { [criSocketAnnotation]: 'unix:///run/containerd/containerd.sock' };
  fake.nodes.set(name, nodeObject(node.name, { annotations: socket }));
  const told = () => readFileSync(join(node.root, toldPath), 'utf8').trim() as KubernetesVersion;
  return {
    ...fake,
    async getNode(which) {
      const found = await fake.getNode(which);
      return found && { ...found, kubeletVersion: told() };
    },
    nodeLeaseRenewedAt: async () => Date.now(),
  };
}
