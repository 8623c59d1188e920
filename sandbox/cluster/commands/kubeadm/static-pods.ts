import { type Component, components, manifest, manifestPath } from '../../model/manifests.ts';
import type { Pod } from '../../model/objects.ts';
import { bundleOf, minorOf } from '../../model/versions.ts';
import { componentPods, KubeadmError, type Task } from './task.ts';

const renewals: Record<Component, string[]> = {
  etcd: ['etcd-server', 'etcd-peer', 'etcd-healthcheck-client'],
  'kube-apiserver': ['apiserver', 'apiserver-kubelet-client', 'front-proxy-client', 'apiserver-etcd-client'],
  'kube-controller-manager': ['controller-manager.conf'],
  'kube-scheduler': ['scheduler.conf'],
};

/** How long kubeadm waits for a component: timeouts.upgradeManifests. */
const upgradeManifests = 300_000;

const timestamp = () => new Date().toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');

class HashUnchanged extends Error {}

/**
 * The control-plane phase: etcd, kube-apiserver, kube-controller-manager and kube-scheduler one after the other, each
 * manifest moved into place and waited for (phases/upgrade/staticpods.go).
 */
export async function upgradeStaticPods(task: Task, target: string): Promise<void> {
  const upgraded = `/etc/kubernetes/tmp/kubeadm-upgraded-manifests${randomDigits(task)}`;
  task.say(`[upgrade/staticpods] Writing new Static Pod manifests to "${upgraded}"`);
  await task.files.mkdir('/etc/kubernetes/tmp', { recursive: true });
  await task.files.chmod('/etc/kubernetes/tmp', 0o700);
  const manifests = await newManifests(task, target);
  for (const [component, text] of manifests)
    await task.files.put(`${upgraded}/${component}.yaml`, text, 0o600);
  await task.files.chmod(upgraded, 0o700);
  const at = timestamp();
  const backup = `/etc/kubernetes/tmp/kubeadm-backup-manifests-${at}`;
  await task.files.mkdir(backup, { recursive: true });
  await task.files.chmod(backup, 0o700);
  await task.pause(2_000);
  const moved: Component[] = [];
  for (const component of components) {
    task.failIfAsked(`${component}-before`);
    await upgradeComponent(task, component, { upgraded, backup, at, moved });
  }
  await task.files.rm(upgraded, { recursive: true });
  task.say('[upgrade/control-plane] The control plane instance for this node was successfully upgraded!');
}

interface Places {
  upgraded: string;
  backup: string;
  at: string;
  moved: Component[];
}

async function upgradeComponent(task: Task, component: Component, places: Places): Promise<void> {
  const { upgraded, backup, at, moved } = places;
  const path = manifestPath(component);
  const next = await task.files.readFile(`${upgraded}/${component}.yaml`);
  task.say(`[upgrade/staticpods] Preparing for "${component}" upgrade`);
  const current = await task.files.textOf(path);
  if (component === 'etcd' && current === undefined) {
    throw new KubeadmError(
      `error execution phase control-plane: couldn't complete the static pod upgrade: fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state: failed to retrieve the current etcd version: open ${path}: no such file or directory`,
    );
  }
  if (current === next) {
    task.say(`[upgrade/staticpods] Current and new manifests of ${component} are equal, skipping upgrade`);
    await task.files.rm(`${upgraded}/${component}.yaml`, { force: true });
    if (component === 'etcd') await etcdAvailable(task);
    return;
  }
  if (component === 'etcd') await backupEtcd(task, at);
  if (task.flag('certificate-renewal') !== 'false') {
    for (const certificate of renewals[component]) {
      task.say(`[upgrade/staticpods] Renewing ${certificate} certificate`);
      task.run.machine.certificates.renew(certificate);
    }
  }
  const before = hashOf(task, component);
  task.say(
    `[upgrade/staticpods] Moving new manifest to "${path}" and backing up old manifest to "${backup}/${component}.yaml"`,
  );
  if (current !== undefined) await task.files.mv(path, `${backup}/${component}.yaml`);
  // Between these two moves there is no manifest: a kill here leaves the node without the component.
  await task.pause(300);
  await task.files.mv(`${upgraded}/${component}.yaml`, path);
  moved.push(component);
  task.run.model.journal.record(task.node, 'manifest-written', component);
  task.say('[upgrade/staticpods] Waiting for the kubelet to restart the component');
  task.say('[upgrade/staticpods] This can take up to 5m0s');
  try {
    await waitForComponent(task, component, before);
  } catch (error) {
    if (!(error instanceof HashUnchanged)) throw error;
    await takeBack(task, places, component, error.message);
  }
  task.say(
    `[apiclient] Found ${componentPods(task, component).length} Pods for label selector component=${component}`,
  );
  task.say(`[upgrade/staticpods] Component "${component}" upgraded successfully!`);
  if (component === 'etcd') await etcdAvailable(task);
}

async function waitForComponent(task: Task, component: Component, before: string | undefined): Promise<void> {
  const changed = () => {
    if (task.asksToFail(component) || !task.run.model.apiAvailable()) return false;
    const now = hashOf(task, component);
    return now !== undefined && now !== before;
  };
  if (!(await task.until(changed, upgradeManifests))) {
    throw new HashUnchanged(
      `static Pod hash for component ${component} on Node ${task.node} did not change after 5m0s: context deadline exceeded`,
    );
  }
}

/** Puts the old manifests back without waiting for them; a new etcd.yaml stays when a later component fails. */
async function takeBack(
  task: Task,
  { backup, moved }: Places,
  component: Component,
  cause: string,
): Promise<never> {
  const summary = `couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: ${cause}`;
  const phase = "error execution phase control-plane: couldn't complete the static pod upgrade: ";
  const back = component === 'etcd' ? moved : moved.filter((each) => each !== 'etcd');
  for (const each of back) {
    if (!(await task.files.exists(`${backup}/${each}.yaml`))) continue;
    await task.files.mv(`${backup}/${each}.yaml`, manifestPath(each));
    task.run.model.journal.record(task.node, 'manifest-written', `${each} rolled back`);
  }
  if (component !== 'etcd') throw new KubeadmError(`${phase}${summary}`);
  task.say(`[upgrade/etcd] Failed to upgrade etcd: ${summary}`);
  task.say('[upgrade/etcd] Waiting for previous etcd to become available');
  if (!(await task.until(() => task.run.model.etcd.serves(task.node), 120_000))) {
    throw new KubeadmError(
      `${phase}fatal error rolling back local etcd cluster manifest: ${summary}, the backup etcd database is stored here:(/etc/kubernetes/tmp)`,
    );
  }
  task.say('[upgrade/etcd] Etcd was rolled back and is now available');
  throw new KubeadmError(
    `${phase}fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state: ${summary}`,
  );
}

async function etcdAvailable(task: Task): Promise<void> {
  task.say('[upgrade/etcd] Waiting for etcd to become available');
  await task.until(() => task.run.model.etcd.serves(task.node), 60_000);
  await task.pause(1_000);
}

async function backupEtcd(task: Task, at: string): Promise<void> {
  const to = `/etc/kubernetes/tmp/kubeadm-backup-etcd-${at}/etcd`;
  await task.files.mkdir(to, { recursive: true });
  await task.files.chmod(`/etc/kubernetes/tmp/kubeadm-backup-etcd-${at}`, 0o700);
  if (await task.files.exists('/var/lib/etcd/member')) {
    await task.files.cp('/var/lib/etcd/member', `${to}/member`, { recursive: true });
  }
}

function hashOf(task: Task, component: Component): string | undefined {
  const pod = task.store.get<Pod>('Pod', 'kube-system', `${component}-${task.node}`);
  return pod?.metadata.annotations?.['kubernetes.io/config.hash'];
}

/** The manifests kubeadm would write for a version on this node, in the order of their upgrade. */
export async function newManifests(task: Task, target: string): Promise<Map<Component, string>> {
  const current = (await task.files.textOf(manifestPath('etcd'))) ?? '';
  const initialCluster = /--initial-cluster=(\S+)/.exec(current)?.[1]?.split(',') ?? [
    `${task.node}=https://${task.run.machine.address}:2380`,
  ];
  const site = { node: task.node, address: task.run.machine.address, initialCluster };
  // kubeadm keeps an etcd that is newer than what it would install: a downgrade of etcd is never its business.
  const running = /image: \S+\/etcd:(\S+)/.exec(current)?.[1];
  const kept = running !== undefined && newer(running, bundleOf(minorOf(target)).etcd);
  return new Map(
    components.map((component) => [
      component,
      component === 'etcd' && (kept || task.flag('etcd-upgrade') === 'false')
        ? current
        : manifest(component, target, site),
    ]),
  );
}

function newer(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) > 0;
}

export function randomDigits(task: Task): string {
  return String(1_000_000_000 + task.run.model.random.integer(2_900_000_000));
}
