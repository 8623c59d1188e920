import { PullFailure } from '../../model/images.ts';
import { components, manifestDirectory } from '../../model/manifests.ts';
import { isReady, type KubeNode } from '../../model/objects.ts';
import { bundleOf, imagesOf, minorOf, parseVersion } from '../../model/versions.ts';
import { KubeadmError, type Task } from './task.ts';

interface Check {
  name: string;
  problem: (task: Task) => Promise<string | undefined>;
}

const health: Check[] = [
  {
    name: 'CreateJob',
    problem: async (task) => {
      const nodes = task.store.list<KubeNode>('Node');
      // The health check's Job tolerates the taint of control planes, so one usable node of either kind is enough.
      const usable = nodes.some((node) => isReady(node) && node.spec.unschedulable !== true);
      if (usable) {
        await task.pause(1_500);
        return undefined;
      }
      await task.pause(15_000);
      return `Job "upgrade-health-check-${task.run.model.random.suffix()}" in the namespace "kube-system" did not complete in 15s: no condition of type Complete`;
    },
  },
  {
    name: 'ControlPlaneNodesReady',
    problem: async (task) => {
      const label = 'node-role.kubernetes.io/control-plane';
      const bad = task.store
        .list<KubeNode>('Node')
        .filter((node) => label in (node.metadata.labels ?? {}) && !isReady(node));
      return bad.length === 0
        ? undefined
        : `there are NotReady control-planes in the cluster: [${bad.map((node) => node.metadata.name).join(' ')}]`;
    },
  },
  {
    name: 'StaticPodManifest',
    problem: async (task) => {
      const missing: string[] = [];
      for (const component of components.filter((each) => each !== 'etcd')) {
        const path = `${manifestDirectory}/${component}.yaml`;
        if (!(await task.files.exists(path))) missing.push(path);
      }
      return missing.length === 0 ? undefined : `manifest files not found: [${missing.join(' ')}]`;
    },
  },
];

/** The cluster health checks of `upgrade plan` and `upgrade apply`. */
export async function checkHealth(task: Task): Promise<void> {
  task.say('[upgrade] Running cluster health checks');
  const errors: string[] = [];
  for (const { name, problem } of health) {
    const text = await problem(task);
    if (text === undefined) continue;
    if (task.ignores(name)) task.run.err(`\t[WARNING ${name}]: ${text}\n`);
    else errors.push(`\t[ERROR ${name}]: ${text}`);
  }
  if (errors.length > 0) throw fatal('[upgrade/health] FATAL: ', errors);
}

function fatal(prefix: string, errors: string[]): KubeadmError {
  return new KubeadmError(
    `error execution phase preflight: ${prefix}[preflight] Some fatal errors occurred:\n${errors.join('\n')}\n[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\``,
  );
}

/** What speaks against a version (phases/upgrade/policy.go), in kubeadm's words. */
export function versionProblems(
  task: Task,
  target: string,
  cluster: string,
  kubelets: string[],
): { mandatory: string[]; skippable: string[] } {
  const mandatory: string[] = [];
  const skippable: string[] = [];
  const to = minorOf(target);
  const from = minorOf(cluster);
  const quoted = `"${target}"`;
  if (to > from + 1)
    mandatory.push(
      `Specified version to upgrade to ${quoted} is too high; kubeadm can upgrade only 1 minor version at a time`,
    );
  if (to < from - 1)
    mandatory.push(
      `Specified version to downgrade to ${quoted} is too low; kubeadm can downgrade only 1 minor version at a time`,
    );
  if (task.minor < to) {
    mandatory.push(
      `Specified version to upgrade to ${quoted} is at least one minor release higher than the kubeadm minor release (${to} > ${task.minor}). Such an upgrade is not supported`,
    );
  } else if (task.minor > to) {
    skippable.push(
      `Kubeadm version ${task.version} can only be used to upgrade to Kubernetes version 1.${task.minor}`,
    );
  } else if ((parseVersion(task.version)?.patch ?? 0) < (parseVersion(target)?.patch ?? 0)) {
    skippable.push(
      `Specified version to upgrade to ${quoted} is higher than the kubeadm version "${task.version}". Upgrade kubeadm first using the tool you used to install kubeadm`,
    );
  }
  const old = [...new Set(kubelets.filter((version) => minorOf(version) < to - 3))];
  if (old.length > 0)
    skippable.push(
      `There are kubelets in this cluster that are too old that have these versions [${old.join(' ')}]`,
    );
  return { mandatory, skippable };
}

/** Throws when the version policy forbids the target, or forbids it without --force. */
export function enforceVersionPolicy(task: Task, target: string, cluster: string): void {
  const kubelets = task.store.list<KubeNode>('Node').map((node) => node.status.nodeInfo.kubeletVersion);
  const { mandatory, skippable } = versionProblems(task, target, cluster, kubelets);
  const listed = (problems: string[]) => problems.map((problem) => `\t- ${problem}\n`).join('');
  if (mandatory.length > 0) {
    throw new KubeadmError(
      `error execution phase preflight: the version argument is invalid due to these fatal errors:\n\n${listed(mandatory)}\nPlease fix the misalignments highlighted above and try upgrading again`,
    );
  }
  if (skippable.length > 0 && task.flag('force') !== 'true') {
    throw new KubeadmError(
      `error execution phase preflight: the version argument is invalid due to these errors:\n\n${listed(skippable)}\nCan be bypassed if you pass the --force flag`,
    );
  }
  if (skippable.length > 0)
    task.say(
      `[upgrade/version] Found ${skippable.length} potential version compatibility errors but skipping since the --force flag is set: \n\n${listed(skippable)}`,
    );
}

/** The ImagePull check: fetches what is not there. */
export async function pullImages(task: Task, target: string, repository: string): Promise<void> {
  const pause = bundleOf(minorOf(target)).pause;
  const sandbox = (await task.files.textOf('/etc/containerd/config.toml'))?.match(
    /sandbox_image = "([^"]+)"/,
  )?.[1];
  if (sandbox !== undefined && sandbox !== `${repository}/pause:${pause}`) {
    task.warn(
      'checks.go:827',
      `detected that the sandbox image "${sandbox}" of the container runtime is inconsistent with that used by kubeadm. It is recommended to use "${repository}/pause:${pause}" as the CRI sandbox image.`,
    );
  }
  const errors: string[] = [];
  for (const image of imagesOf(target, repository)) {
    try {
      await task.run.machine.images.pull(image, task.run.signal);
    } catch (error) {
      if (!(error instanceof PullFailure)) throw error;
      errors.push(`\t[ERROR ImagePull]: failed to pull image ${image}: ${error.message}`);
    }
  }
  if (errors.length > 0 && !task.ignores('ImagePull')) throw fatal('', errors);
}
