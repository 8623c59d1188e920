import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import { NodeName } from '../../../src/domain/names.ts';
import { criSocketAnnotation } from '../../../src/node/cri-socket.ts';
import { type ControlPlaneComponent, controlPlaneComponents } from '../../../src/node/manifests.ts';
import { type FakeKubernetes, fakeKubernetes, nodeObject, podObject } from '../../support/fake-kubernetes.ts';
import type { LabNode } from './node.ts';

const manifests = '/etc/kubernetes/manifests';
const kubeadmConfig = 'var/lib/kubelet/kubeadm-config';

/**
 * What kubeadm does to a control plane's files, one after the other: copies away, manifests moved and written anew. It leaves
 * its arguments in /root/kubeadm-ran each time, fails its checks while /root/preflight is there, and hangs between the two
 * moves of kube-apiserver.yaml while /root/hang is there.
 */
const kubeadm = `#!/bin/sh
[ "$1" != version ] || { echo v1.34.9; exit; }
echo "$*" >>/root/kubeadm-ran
if [ -e /root/preflight ]; then
  echo '[preflight] Some fatal errors occurred:'
  echo '	[ERROR CoreDNSUnsupportedPlugins]: there are unsupported plugins in the CoreDNS Corefile'
  echo "error: error execution phase preflight: preflight checks failed" >&2
  exit 1
fi
copies=$(mktemp -d /etc/kubernetes/tmp/kubeadm-backup-manifests-XXXXXX)
for name in ${controlPlaneComponents.join(' ')}; do
  sed 's/v1.33.13/v1.34.9/' ${manifests}/$name.yaml >/root/new.yaml
  mv ${manifests}/$name.yaml $copies
  sync
  : >/root/moved
  while [ -e /root/hang ]; do sleep 0.1; done
  mv /root/new.yaml ${manifests}/$name.yaml
done
[ "$2" = node ] || echo 'kubernetesVersion: v1.34.9' >/${kubeadmConfig}
`;

/** Answers like the node's own kube-apiserver, on the one address that it is bound to. */
const apiServer = (address: string) => `import http.server, re, socket, ssl
class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = open("${manifests}/kube-apiserver.yaml").read()
        version = re.search("kube-apiserver:(v[0-9.]+)", text).group(1)
        body = "ok" if self.path == "/readyz" else '{"gitVersion": "%s"}' % version
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *args):
        pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in "${address}" else socket.AF_INET
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
pki = "/etc/kubernetes/pki/apiserver-kubelet-client"
context.load_cert_chain(pki + ".crt", pki + ".key")
server = Server(("${address}", 6443), Api)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`;

/** Makes a fresh node a control plane of 1.33.13 with an external etcd, as far as files, kubeadm and its API server go. */
export async function asControlPlane(node: LabNode): Promise<void> {
  const manifest = (name: ControlPlaneComponent) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  containers:
  - command:
    - ${name}
    - --secure-port=6443
    name: ${name}
    image: registry.k8s.io/${name}:v1.33.13
`;
  const files: Record<string, string> = Object.fromEntries(
    controlPlaneComponents.map((name) => [`${manifests}/${name}.yaml`, manifest(name)]),
  );
  files['/usr/bin/kubeadm'] = kubeadm;
  files[`/${kubeadmConfig}`] = 'kubernetesVersion: v1.33.13\n';
  files['/var/lib/kubelet/config.yaml'] = 'kind: KubeletConfiguration\n';
  files['/var/lib/kubelet/kubeadm-flags.env'] =
    'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/crio/crio.sock"\n';
  await node.sh(`mkdir -p ${manifests} /etc/kubernetes/tmp /etc/kubernetes/pki /var/lib/kubelet
    cd /etc/kubernetes/pki && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x \\
      -keyout apiserver-kubelet-client.key -out apiserver-kubelet-client.crt 2>/dev/null`);
  for (const [path, content] of Object.entries(files)) {
    await node.sh(`echo ${Buffer.from(content).toString('base64')} | base64 -d >'${path}'`);
  }
  await node.sh('chmod 755 /usr/bin/kubeadm');
  await serveApi(node, node.address);
}

/** Binds the node's API server to an address, in its manifest and in fact; it runs after a restart, too. */
export async function serveApi(node: LabNode, address: string): Promise<void> {
  const program = Buffer.from(apiServer(address)).toString('base64');
  await node.sh(`echo ${program} | base64 -d >/root/api.py
    sed -i -e /bind-address/d -e 's/^    - --secure-port/    - --bind-address=${address}\\n&/' ${manifests}/kube-apiserver.yaml
    printf '[Unit]\\nStartLimitIntervalSec=0\\n[Service]\\nRestart=always\\nRestartSec=1\\nExecStart=/usr/bin/python3 /root/api.py\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/lab-api.service
    systemctl daemon-reload; systemctl -q enable lab-api; systemctl restart lab-api`);
}

/** The cluster as the node's own files have it: mirror pods show the manifests. */
export function clusterOf(node: LabNode): FakeKubernetes {
  const fake = fakeKubernetes(systemClock);
  const socket = { [criSocketAnnotation]: 'unix:///run/crio/crio.sock' };
  fake.nodes.set(NodeName.parse(node.name), nodeObject(node.name, { annotations: socket }));
  return {
    ...fake,
    async getPod(namespace, name) {
      const component = name.slice(0, -node.name.length - 1);
      const text = readFileSync(join(node.root, manifests, `${component}.yaml`), 'utf8');
      const image = /image: (\S+)/.exec(text)?.[1] ?? '';
      return podObject(`${namespace}/${name}`, { isMirror: true, images: { [component]: image } });
    },
    async getConfigMap(namespace, name) {
      const text = readFileSync(join(node.root, kubeadmConfig), 'utf8');
      return { namespace, name, data: { ClusterConfiguration: text } };
    },
  };
}
