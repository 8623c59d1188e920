import { corednsImage, kubeProxyImage } from '../../model/addons.ts';
import {
  criSocket,
  criSocketAnnotation,
  instanceConfiguration,
  kubeletConfiguration,
  kubeletPaths,
  kubeYaml,
  nodeKubeconfig,
} from '../../model/configuration.ts';
import type { WorkloadObject } from '../../model/objects.ts';
import { randomDigits } from './static-pods.ts';
import { type ClusterConfiguration, componentPods, type Task } from './task.ts';

/** upload-config: kubeadm-config and kubelet-config; since 1.34 the CRI socket leaves the Node object here. */
export async function uploadConfig(
  task: Task,
  configuration: ClusterConfiguration,
  target: string,
): Promise<void> {
  task.failIfAsked('upload-config');
  task.say(
    '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace',
  );
  const next = kubeYaml({ ...configuration, kubernetesVersion: target });
  task.store.modify('ConfigMap', 'kube-system', 'kubeadm-config', (map) => ({
    ...map,
    data: { ...map.data, ClusterConfiguration: next },
  }));
  task.say(
    '[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the kubelets in the cluster',
  );
  task.store.modify('ConfigMap', 'kube-system', 'kubelet-config', (map) => ({
    ...map,
    data: { ...map.data, kubelet: kubeletConfiguration() },
  }));
  if (task.minor >= 34) dropAnnotation(task);
  await task.pause(1_000);
}

function dropAnnotation(task: Task): void {
  task.store.modify('Node', '', task.node, (node) => {
    const { [criSocketAnnotation]: socket, ...annotations } = node.metadata.annotations ?? {};
    return socket === undefined ? node : { ...node, metadata: { ...node.metadata, annotations } };
  });
}

/** The kubeconfig phase renews and rewrites the node's kubeconfig files. */
export async function kubeconfigs(task: Task): Promise<void> {
  for (const user of ['admin', 'super-admin', 'controller-manager', 'scheduler']) {
    const path = `/etc/kubernetes/${user}.conf`;
    if (!(await task.files.exists(path))) continue;
    await task.files.put(path, nodeKubeconfig(`kubernetes-${user}`), 0o600);
    task.run.machine.certificates.renew(`${user}.conf`);
  }
  task.say('[upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!');
}

/** kubelet-config: backs config.yaml up, moves the CRI socket out of the flags (1.34), writes config.yaml anew. */
export async function kubeletConfig(task: Task): Promise<void> {
  const directory = `/etc/kubernetes/tmp/kubeadm-kubelet-config${randomDigits(task)}`;
  task.warn(
    'postupgrade.go:116',
    `Using temporary directory ${directory} for kubelet config. To override it set the environment variable KUBEADM_UPGRADE_DRYRUN_DIR`,
  );
  await task.files.mkdir(directory, { recursive: true });
  await task.files.chmod(directory, 0o700);
  await task.files.chmod('/etc/kubernetes/tmp', 0o700);
  task.say(`[upgrade] Backing up kubelet config file to ${directory}/config.yaml`);
  const current = await task.files.textOf(kubeletPaths.config);
  if (current !== undefined) await task.files.put(`${directory}/config.yaml`, current);
  task.failIfAsked('kubelet-config');
  let endpoint = '';
  if (task.minor >= 34) {
    const flags = (await task.files.textOf(kubeletPaths.flags)) ?? '';
    if (flags.includes('--container-runtime-endpoint=')) {
      task.say(`[kubelet-start] Writing kubelet environment file with flags to file "${kubeletPaths.flags}"`);
      await task.files.put(kubeletPaths.flags, flags.replace(/--container-runtime-endpoint=\S+ ?/, ''));
    }
    if (!(await task.files.exists(kubeletPaths.instance))) {
      task.say(`[kubelet-start] Writing kubelet configuration to file "${kubeletPaths.instance}"`);
      await task.files.put(kubeletPaths.instance, instanceConfiguration);
    }
    dropAnnotation(task);
    endpoint = criSocket;
    task.say(
      '[patches] Applied patch of type "application/strategic-merge-patch+json" to target "kubeletconfiguration"',
    );
  }
  // kubeadm of v1.35 alone does this (kubernetes/kubernetes#133778, taken out again for v1.36 by #135807).
  if (task.minor === 35) {
    const flags = (await task.files.textOf(kubeletPaths.flags)) ?? '';
    await task.files.put(kubeletPaths.flags, flags.replace(/--pod-infra-container-image=[^\s"]+ ?/, ''));
  }
  task.say(`[kubelet-start] Writing kubelet configuration to file "${kubeletPaths.config}"`);
  await task.files.put(kubeletPaths.config, kubeletConfiguration(endpoint));
  task.say('[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!');
}

export function bootstrapToken(task: Task): void {
  task.failIfAsked('bootstrap-token');
  task.say('[upgrade/bootstrap-token] Configuring bootstrap token and cluster-info RBAC rules');
  const rules = [
    'to allow Node Bootstrap tokens to get nodes',
    'to allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials',
    'to allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token',
    'to allow certificate rotation for all node client certificates in the cluster',
    'to allow the API server kubelet client certificate to access the kubelet API',
  ];
  for (const rule of rules) task.say(`[bootstrap-token] Configured RBAC rules ${rule}`);
}

/** The addon phases, which only the last control plane carries out. */
export async function addons(task: Task, target: string): Promise<void> {
  task.failIfAsked('addon');
  const behind = componentPods(task, 'kube-apiserver')
    .filter(
      (pod) => !(pod.spec as { containers: { image: string }[] }).containers[0]?.image.endsWith(`:${target}`),
    )
    .map((pod) => String((pod.spec as { nodeName?: string }).nodeName))
    .sort();
  const names = ['addon/coredns', 'addon/kube-proxy'] as const;
  for (const name of names) {
    if (task.skips(name)) continue;
    if (behind.length > 0) {
      task.say(
        `[upgrade/addon] Skipping upgrade of addons because control plane instances [${behind.join(' ')}] have not been upgraded`,
      );
      continue;
    }
    if (name === 'addon/coredns') {
      setImage(task, 'Deployment', 'coredns', corednsImage(target));
      task.say('[addons] Applied essential addon: CoreDNS');
    } else {
      setImage(task, 'DaemonSet', 'kube-proxy', kubeProxyImage(target));
      task.say('[addons] Applied essential addon: kube-proxy');
    }
    await task.pause(500);
  }
}

function setImage(task: Task, kind: 'Deployment' | 'DaemonSet', name: string, image: string): void {
  const before = task.store.get<WorkloadObject>(kind, 'kube-system', name)?.spec.template.spec.containers[0]
    ?.image;
  if (before === image) return;
  task.run.model.journal.record('', 'addon-rollout', `${name} ${image.split(':').at(-1) ?? ''}`);
  task.store.modify<WorkloadObject>(kind, 'kube-system', name, (object) => {
    const { template } = object.spec;
    const [container, ...others] = template.spec.containers;
    if (container === undefined) return object;
    const spec = { ...template.spec, containers: [{ ...container, image }, ...others] };
    return { ...object, spec: { ...object.spec, template: { ...template, spec } } };
  });
}
