import { manifestPath } from '../../model/manifests.ts';
import { parseVersion } from '../../model/versions.ts';
import { addons, bootstrapToken, kubeconfigs, kubeletConfig, uploadConfig } from './phases.ts';
import { checkHealth, enforceVersionPolicy, pullImages } from './preflight.ts';
import { upgradeStaticPods } from './static-pods.ts';
import { KubeadmError, type Task } from './task.ts';

/** Throws what kubeadm says to somebody who cannot read admin.conf. */
export async function requireRoot(task: Task): Promise<void> {
  if (task.run.user === 'root') return;
  throw new KubeadmError(
    'couldn\'t create a Kubernetes client from file "/etc/kubernetes/admin.conf": failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: permission denied',
  );
}

function sayPull(task: Task): void {
  task.say('[upgrade/preflight] Pulling images required for setting up a Kubernetes cluster');
  task.say(
    '[upgrade/preflight] This might take a minute or two, depending on the speed of your internet connection',
  );
  task.say(
    "[upgrade/preflight] You can also perform this action beforehand using 'kubeadm config images pull'",
  );
}

/** `kubeadm upgrade apply VERSION`. */
export async function apply(task: Task): Promise<void> {
  const { model, machine } = task.run;
  const [given = ''] = task.args.rest;
  if (given === '')
    throw new KubeadmError('missing one or more required arguments. Required arguments: [version]');
  await requireRoot(task);
  if (!(await task.files.exists('/etc/kubernetes/admin.conf'))) {
    throw new KubeadmError(
      'couldn\'t create a Kubernetes client from file "/etc/kubernetes/admin.conf": failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory',
    );
  }
  model.journal.record(task.node, 'kubeadm-start', `upgrade apply ${given}`);
  const configuration = await task.readConfiguration('upgrade');
  task.say('[upgrade/preflight] Running preflight checks');
  await task.pause(1_000);
  await checkHealth(task);
  task.failIfAsked('preflight');
  const target = given.startsWith('v') ? given : `v${given}`;
  if (parseVersion(target) === undefined) {
    throw new KubeadmError(
      `error execution phase preflight: version "${given}" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`,
    );
  }
  const cluster = model.apiVersion(machine.name);
  task.say(`[upgrade/preflight] You have chosen to upgrade the cluster version to "${target}"`);
  task.say(`[upgrade/versions] Cluster version: ${cluster}`);
  task.say(`[upgrade/versions] kubeadm version: ${task.version}`);
  enforceVersionPolicy(task, target, cluster);
  if (task.flag('yes') !== 'true' && task.flag('y') !== 'true') {
    task.run.out('[upgrade] Are you sure you want to proceed? [y/N]: ');
    if (!/^y(es)?$/i.test(task.run.stdin.toString().trim()))
      throw new KubeadmError("won't proceed; the user didn't answer (Y|y) in order to continue");
  }
  if (task.flag('dry-run') === 'true') {
    task.say("[upgrade/preflight] Would pull the required images (like 'kubeadm config images pull')");
    task.say(
      `[upgrade/control-plane] Would upgrade your static Pod-hosted control plane to version "${target}"`,
    );
    return;
  }
  sayPull(task);
  await pullImages(task, target, configuration.imageRepository);
  task.say(
    `[upgrade/control-plane] Upgrading your static Pod-hosted control plane to version "${target}" (timeout: 5m0s)...`,
  );
  await upgradeStaticPods(task, target);
  await uploadConfig(task, configuration, target);
  await kubeconfigs(task);
  await kubeletConfig(task);
  bootstrapToken(task);
  await addons(task, target);
  task.say('');
  task.say(`[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "${target}".`);
  task.say('');
  task.say('[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.');
}

/** `kubeadm upgrade node`: a control plane is a node that has a kube-apiserver.yaml, whatever else it is. */
export async function node(task: Task): Promise<void> {
  await requireRoot(task);
  task.run.model.journal.record(task.node, 'kubeadm-start', 'upgrade node');
  const configuration = await task.readConfiguration('upgrade');
  const controlPlane = await task.files.exists(manifestPath('kube-apiserver'));
  task.say('[upgrade/preflight] Running pre-flight checks');
  await task.pause(800);
  task.failIfAsked('preflight');
  const target = configuration.kubernetesVersion;
  if (controlPlane) {
    sayPull(task);
    await pullImages(task, target, configuration.imageRepository);
    task.say(
      `[upgrade/control-plane] Upgrading your Static Pod-hosted control plane instance to version "${target}"...`,
    );
    await upgradeStaticPods(task, target);
    await kubeconfigs(task);
  } else {
    task.say('[upgrade/preflight] Skipping prepull. Not a control plane node.');
    task.say('[upgrade/control-plane] Skipping phase. Not a control plane node.');
    task.say('[upgrade/kubeconfig] Skipping phase. Not a control plane node.');
  }
  await kubeletConfig(task);
  if (controlPlane) {
    await addons(task, target);
    return;
  }
  task.say('[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.');
  task.say('[upgrade/addon] Skipping the addon/kube-proxy phase. Not a control plane node.');
}
