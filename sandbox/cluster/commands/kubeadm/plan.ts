import { corednsImage } from '../../model/addons.ts';
import type { KubeNode, WorkloadObject } from '../../model/objects.ts';
import { bundleOf, compareVersions, minorOf, parseVersion } from '../../model/versions.ts';
import { checkHealth } from './preflight.ts';
import { componentPods, KubeadmError, type Task } from './task.ts';
import { requireRoot } from './upgrade.ts';

interface Row {
  name: string;
  currentVersion: string;
  newVersion: string;
  nodeName?: string;
}

const line = '_____________________________________________________________________';

/** `kubeadm upgrade plan [VERSION] [-o json]`. */
export async function plan(task: Task): Promise<void> {
  await requireRoot(task);
  const json = task.flag('output') === 'json' || task.flag('o') === 'json';
  const [given] = task.args.rest;
  const spoken = task.run.out;
  // In JSON mode nothing but the document goes to stdout.
  if (json) task.run.out = () => {};
  task.say('[preflight] Running pre-flight checks.');
  const configuration = await task.readConfiguration('upgrade/config');
  await checkHealth(task);
  task.say('[upgrade] Fetching available versions to upgrade to');
  const cluster = configuration.kubernetesVersion;
  const target =
    given === undefined ? await fallback(task, cluster) : given.startsWith('v') ? given : `v${given}`;
  if (parseVersion(target) === undefined) {
    throw new KubeadmError(
      `[upgrade/versions] FATAL: version "${given ?? ''}" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`,
    );
  }
  task.say(`[upgrade/versions] Cluster version: ${cluster.slice(1)}`);
  task.say(`[upgrade/versions] kubeadm version: ${task.version}`);
  task.say(`[upgrade/versions] Target version: ${target}`);
  const series = `v1.${minorOf(cluster)}`;
  if (compareVersions(target, cluster) >= 0)
    task.say(`[upgrade/versions] Latest version in the ${series} series: ${target}`);
  task.say('');
  task.run.out = spoken;
  if (compareVersions(target, cluster) <= 0) return;
  const rows = components(task, cluster, target);
  if (json) task.say(document(rows, series));
  else table(task, rows, target, series);
}

async function fallback(task: Task, cluster: string): Promise<string> {
  for (const name of ['stable', `stable-1.${minorOf(cluster)}`]) {
    await task.pause(10_000);
    const url = `https://dl.k8s.io/release/${name}.txt`;
    task.warn(
      'version.go:109',
      `could not fetch a Kubernetes version from the internet: unable to get URL "${url}": Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    );
    task.warn('version.go:110', `falling back to the local client version: ${task.version}`);
  }
  return task.version;
}

function components(task: Task, cluster: string, target: string): Row[] {
  const tagOf = (image: string) => image.split(':').at(-1) ?? '';
  const rows: Row[] = task.store
    .list<KubeNode>('Node')
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((node) => ({
      name: 'kubelet',
      currentVersion: node.status.nodeInfo.kubeletVersion,
      newVersion: target,
      nodeName: node.metadata.name,
    }));
  const pods = (component: string, newVersion: string): Row[] =>
    componentPods(task, component)
      .map((pod) => pod.spec as { nodeName: string; containers: { image: string }[] })
      .sort((a, b) => (a.nodeName < b.nodeName ? -1 : 1))
      .map(({ nodeName, containers }) => ({
        name: component,
        currentVersion: tagOf(containers[0]?.image ?? ''),
        newVersion,
        nodeName,
      }));
  for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    rows.push(...pods(component, target));
  const dns = task.store.get<WorkloadObject>('Deployment', 'kube-system', 'coredns');
  const dnsNow = tagOf(dns?.spec.template.spec.containers[0]?.image ?? '');
  rows.push({ name: 'kube-proxy', currentVersion: cluster.slice(1), newVersion: target });
  // What a component becomes is what this kubeadm brings along, not what the target's would.
  const own = Math.min(task.minor, minorOf(target));
  rows.push({ name: 'CoreDNS', currentVersion: dnsNow, newVersion: tagOf(corednsImage(`v1.${own}.0`)) });
  rows.push({ name: 'kubeadm', currentVersion: task.version, newVersion: target });
  rows.push(...pods('etcd', bundleOf(own).etcd));
  return rows;
}

const configVersions = [
  {
    group: 'kubeproxy.config.k8s.io',
    currentVersion: 'v1alpha1',
    preferredVersion: 'v1alpha1',
    manualUpgradeRequired: false,
  },
  {
    group: 'kubelet.config.k8s.io',
    currentVersion: 'v1beta1',
    preferredVersion: 'v1beta1',
    manualUpgradeRequired: false,
  },
];

function document(rows: Row[], series: string): string {
  return JSON.stringify(
    {
      kind: 'UpgradePlan',
      apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
      availableUpgrades: [{ description: `version in the ${series} series`, components: rows }],
      configVersions,
    },
    undefined,
    4,
  );
}

function table(task: Task, rows: Row[], target: string, series: string): void {
  const manual = rows.filter(({ name }) => name === 'kubelet');
  const rest = rows.filter(({ name }) => name !== 'kubelet' && name !== 'kubeadm');
  task.say(
    "Components that must be upgraded manually after you have upgraded the control plane with 'kubeadm upgrade apply':",
  );
  columns(task, manual);
  task.say('');
  task.say(`Upgrade to the latest version in the ${series} series:`);
  task.say('');
  columns(task, rest);
  task.say('');
  task.say('You can now apply the upgrade by executing the following command:');
  task.say('');
  task.say(`\tkubeadm upgrade apply ${target}`);
  task.say('');
  if (compareVersions(task.version, target) < 0) {
    task.say(`Note: Before you can perform this upgrade, you have to update kubeadm to ${target}.`);
    task.say('');
  }
  task.say(line);
  task.say('\n');
  task.say(`The table below shows the current state of component configs as understood by this version of kubeadm.
Configs that have a "yes" mark in the "MANUAL UPGRADE REQUIRED" column require manual config upgrade or
resetting to kubeadm defaults before a successful upgrade can be performed. The version to manually
upgrade to is denoted in the "PREFERRED VERSION" column.

API GROUP                 CURRENT VERSION   PREFERRED VERSION   MANUAL UPGRADE REQUIRED
kubeproxy.config.k8s.io   v1alpha1          v1alpha1            no
kubelet.config.k8s.io     v1beta1           v1beta1             no
${line}
`);
}

function columns(task: Task, rows: Row[]): void {
  const cells = [
    ['COMPONENT', 'NODE', 'CURRENT', 'TARGET'],
    ...rows.map(({ name, nodeName = '', currentVersion, newVersion }) => [
      name,
      nodeName,
      currentVersion,
      newVersion,
    ]),
  ];
  // Go's tabwriter with a least width of 10 and 3 of padding.
  const widths = [0, 1, 2].map((column) =>
    Math.max(10, ...cells.map((row) => (row[column] ?? '').length + 3)),
  );
  for (const row of cells) task.say(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(''));
}
