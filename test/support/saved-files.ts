import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { RunId } from '../../src/domain/names.ts';
import type { SavedFile } from '../../src/domain/rollback.ts';
import { manifest } from './node-state.ts';
import type { StepWorld } from './step-world.ts';

/** A file in the world's directory of backups, as a run before this one has sealed it. */
export async function saved(
  { backupDirectory }: StepWorld,
  name: string,
  content: Uint8Array | string,
): Promise<SavedFile> {
  const path = join(backupDirectory, name);
  await writeFile(path, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { run: RunId.parse('zyx987'), path, sha256 };
}

/** The machine's files as they are now, as back-up-node-files packs them. */
export async function savedNode(world: StepWorld): Promise<SavedFile> {
  const { files } = world.node;
  const paths = files
    .getAllPaths()
    .filter((path) =>
      /^\/(etc\/kubernetes\/manifests|var\/lib\/kubelet|etc\/default|etc\/systemd\/system\/kubelet\.service\.d)\/[^/]+$/.test(
        path,
      ),
    );
  const entries = await Promise.all(
    paths.map(async (path) => {
      const body = await files.readFile(path);
      const header = {
        name: path.slice(1),
        size: Buffer.byteLength(body),
        type: 'file' as const,
        mode: 0o600,
      };
      return { header, body };
    }),
  );
  return saved(world, 'cp-1.tar.gz', gzipSync(await packTar(entries)));
}

/** What an upgrade to v1.34.9 leaves on the machine and its Node. */
export async function upgraded({ node, kubernetes }: StepWorld): Promise<void> {
  const { files, state } = node;
  const manifests = '/etc/kubernetes/manifests';
  for (const one of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    await files.writeFile(`${manifests}/${one}.yaml`, manifest(one, `registry.k8s.io/${one}:v1.34.9`));
  await files.writeFile(`${manifests}/etcd.yaml`, manifest('etcd', 'registry.k8s.io/etcd:3.6.5-0'));
  for (const member of state.etcd.members) Object.assign(member, { version: '3.6.5', storage: '3.6.0' });
  await files.writeFile('/var/lib/kubelet/config.yaml', 'kind: KubeletConfiguration # v1.34.9\n');
  await files.writeFile('/var/lib/kubelet/kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS=""\n');
  await files.writeFile(
    '/var/lib/kubelet/instance-config.yaml',
    'containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"\n',
  );
  for (const name of ['kubeadm', 'kubelet', 'kubectl']) state.packages.set(name, '1.34.9-1.1');
  state.containers.clear();
  await state.onChange();
  for (const [name, object] of kubernetes.nodes) kubernetes.nodes.set(name, { ...object, annotations: {} });
  const proxy = kubernetes.daemonSets.get('kube-system/kube-proxy');
  if (proxy)
    kubernetes.daemonSets.set('kube-system/kube-proxy', {
      ...proxy,
      image: 'registry.k8s.io/kube-proxy:v1.34.9',
    });
}

/** The ConfigMaps and the add-ons as they are now, as back-up-config-maps writes them. */
export async function savedAddons(world: StepWorld): Promise<{ backup: SavedFile; configMaps: SavedFile }> {
  const { kubernetes } = world;
  const items = [...kubernetes.configMaps].map(([place, data]) => {
    const [namespace = '', name = ''] = place.split('/');
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
  });
  const template = (kind: 'DaemonSet' | 'Deployment', name: string) =>
    kubernetes.getRestorable({ kind, namespace: 'kube-system', name }).then((found) => found?.content);
  const addons = {
    kubeProxy: {
      ...kubernetes.daemonSets.get('kube-system/kube-proxy'),
      template: await template('DaemonSet', 'kube-proxy'),
    },
    coreDns: {
      ...kubernetes.deployments.get('kube-system/coredns'),
      template: await template('Deployment', 'coredns'),
    },
  };
  return {
    backup: await saved(world, 'addons-before.json', JSON.stringify(addons)),
    configMaps: await saved(world, 'config-maps.json', JSON.stringify({ items })),
  };
}
