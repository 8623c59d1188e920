import { createHash } from 'node:crypto';
import type { InMemoryFs } from 'just-bash';
import { crictl } from './node-containers.ts';
import { type Call, failed, type Result, said, words } from './node-program.ts';
import { manifest } from './node-state.ts';

const sourcesList = '/etc/apt/sources.list.d/kubernetes.list';
const minorOf = async (files: InMemoryFs) =>
  /\/v(\d+\.\d+)\/deb/.exec(await files.readFile(sourcesList))?.[1] ?? '';
async function install({ args, state, journal, clock, files }: Call): Promise<Result> {
  if (state.halfConfigured.size > 0) {
    return failed(
      100,
      "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.\n",
    );
  }
  for (const spec of words(args).slice(1)) {
    const [name = '', exact = ''] = spec.split('=');
    // What is installed apt knows without any list.
    if (!state.lists.includes(exact) && state.packages.get(name) !== exact)
      return failed(100, `E: Version '${exact}' for '${name}' was not found\n`);
    if (state.held.has(name))
      return failed(
        100,
        'E: Held packages were changed and -y was used without --allow-change-held-packages.\n',
      );
    if (state.packages.get(name) === exact) continue;
    state.packages.set(name, exact);
    journal.push(`install ${spec}`);
    if (name === 'kubelet')
      await files.utimes('/usr/bin/kubelet', new Date(clock.now()), new Date(clock.now()));
  }
  return said('');
}

async function aptGet(call: Call): Promise<Result> {
  const [action] = words(call.args);
  if (action === 'check') return said('');
  if (action === 'install') return install(call);
  const minor = await minorOf(call.files);
  const found = call.state.repository.get(minor);
  call.journal.push(`update v${minor}`);
  if (!found) return failed(100, `E: Failed to fetch https://mirror/v${minor}  404  Not Found\n`);
  call.state.lists = found;
  return said('');
}

async function kubeadm({ args, state, files, journal, clock, name }: Call): Promise<Result> {
  const version = `v${state.packages.get('kubeadm')?.replace(/-.*/, '')}`;
  if (args[0] === 'version') return said(`${version}\n`);
  const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const etcd = 'registry.k8s.io/etcd:3.6.5-0';
  if (args[0] === 'config') {
    const target = args[args.indexOf('--kubernetes-version') + 1] ?? '';
    return said(
      [
        ...components.map((one) => `registry.k8s.io/${one}:${target}`),
        'registry.k8s.io/pause:3.10.1',
        etcd,
        '',
      ].join('\n'),
    );
  }
  journal.push(`kubeadm ${args.join(' ')}`);
  const manifests = '/etc/kubernetes/manifests';
  if (await files.exists(`${manifests}/kube-apiserver.yaml`)) {
    await files.writeFile(
      `${manifests}/etcd.yaml`,
      manifest('etcd', etcd).replace('--name=cp-1', `--name=${name}`),
    );
    for (const one of components)
      await files.writeFile(`${manifests}/${one}.yaml`, manifest(one, `registry.k8s.io/${one}:${version}`));
    for (const member of state.etcd.members) if (member.name === name) member.version = '3.6.5';
    await files.mkdir(`/etc/kubernetes/tmp/kubeadm-backup-etcd-${clock.now()}`, { recursive: true });
  }
  await files.writeFile(
    '/var/lib/kubelet/instance-config.yaml',
    'containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"\n',
  );
  await files.writeFile('/var/lib/kubelet/config.yaml', `kind: KubeletConfiguration # ${version}\n`);
  await files.utimes('/var/lib/kubelet/config.yaml', new Date(clock.now()), new Date(clock.now()));
  await state.onChange();
  return said('[upgrade] SUCCESS!\n');
}

/** etcdctl inside the container of etcd. */
export async function etcdctl(
  { args, state, files, journal, clock }: Call,
  rest: readonly string[],
): Promise<Result> {
  const { members, leader } = state.etcd;
  const url = (member: string) => `https://${member}:2379`;
  const json = (value: unknown) => said(JSON.stringify(value).replaceAll(/"#(\d+)"/g, '$1'));
  switch (`${rest[0]} ${rest[1]}`) {
    case 'member list':
      return json({
        members: members.map(({ id, name, learner }) => ({
          ID: `#${id}`,
          name,
          clientURLs: [url(name)],
          ...(learner ? { isLearner: true } : {}),
        })),
      });
    case 'endpoint status':
      return json(
        members.map(({ id, name, version, storage }) => ({
          Endpoint: url(name),
          Status: {
            header: { member_id: `#${id}` },
            version,
            dbSize: 4_096,
            leader: `#${members.find((one) => one.name === leader)?.id}`,
            ...(storage === undefined ? {} : { storageVersion: formatOf(state, clock.now(), storage) }),
            ...(state.etcd.downgrade
              ? { downgradeInfo: { enabled: true, targetVersion: `${state.etcd.downgrade.to}.0` } }
              : {}),
          },
        })),
      );
    case 'endpoint health':
      return json(members.map(({ name, healthy }) => ({ endpoint: url(name), health: healthy })));
    case 'alarm list':
      return json({});
    case 'downgrade validate':
      return rest[2] === '3.5' && !state.etcd.downgrade
        ? said('Downgrade validate success, cluster version 3.6\n')
        : failed(1, 'Error: etcdserver: invalid downgrade target version\n');
    case 'downgrade enable':
      state.etcd.downgrade = { to: rest[2] ?? '', from: clock.now() + 10_000 };
      journal.push(`downgrade ${rest[2]}`);
      return said('Downgrade enable success, cluster version 3.6\n');
    case 'snapshot save': {
      const body = Buffer.alloc(1_024, 7);
      const path = args.at(-1) ?? '';
      await files.writeFile(path, Buffer.concat([body, createHash('sha256').update(body).digest()]));
      journal.push('snapshot');
      return said(`Snapshot saved at ${path}\n`);
    }
    default: {
      const successor = members.find(({ id }) => BigInt(id).toString(16) === rest[1]);
      if (rest[0] !== 'move-leader' || !successor)
        return failed(1, 'Error: etcdserver: bad leader transferee\n');
      state.etcd.leader = successor.name;
      journal.push(`move-leader ${successor.name}`);
      return said('');
    }
  }
}

const formatOf = ({ etcd }: Call['state'], now: number, storage: string): string =>
  etcd.downgrade && now >= etcd.downgrade.from ? `${etcd.downgrade.to}.0` : storage;

/** etcdutl and the etcdctl of a machine: the same but for the name. */
const etcdTool =
  (tool: 'etcdutl' | 'etcdctl') =>
  async ({ args, state, files, journal }: Call): Promise<Result> => {
    if (tool === 'etcdctl' || state.etcdutl === '') return failed(127, '');
    if (args[0] === 'version') return said(`${tool} version: ${state.etcdutl}\nAPI version: 3.5\n`);
    if (args.includes('--help')) return said('  --bump-revision=0  --mark-compacted\n');
    const directory = args[args.indexOf('--data-dir') + 1] ?? '';
    if (await files.exists(`${directory}/member`))
      return failed(1, `Error: data-dir "${directory}" not empty\n`);
    await files.mkdir(`${directory}/member/snap`, { recursive: true });
    await files.writeFile(`${directory}/member/snap/db`, await files.readFile(args[2] ?? ''));
    journal.push(`etcdutl ${args.filter((word) => !word.startsWith('/')).join(' ')}`);
    return said('');
  };

async function systemctl({ args, state, journal, clock }: Call): Promise<Result> {
  if (args[0] === 'show') {
    const stamp = new Date(state.kubelet.startedAt * 1_000).toISOString().replace('T', ' ').slice(0, 19);
    const active = state.kubelet.active === false ? 'activating' : 'active';
    return said(`ActiveState=${active}\nExecMainStartTimestamp=Mon ${stamp} UTC\nNeedDaemonReload=no\n`);
  }
  if (args[0] === 'restart') {
    journal.push('restart kubelet');
    state.kubelet = {
      version: `v${state.packages.get('kubelet')?.replace(/-.*/, '')}`,
      startedAt: Math.floor(clock.now() / 1_000) + 2,
    };
    clock.advance(5_000);
    await state.onChange();
  }
  return said('');
}

async function curl({ args, files, state }: Call): Promise<Result> {
  const url = args.at(-1) ?? '';
  if (url.endsWith('/version')) {
    const image = /kube-apiserver:(\S+)/.exec(
      await files.readFile('/etc/kubernetes/manifests/kube-apiserver.yaml'),
    )?.[1];
    return said(JSON.stringify({ gitVersion: image }, undefined, 1));
  }
  return said(url.includes(':10248/') && state.kubelet.well === false ? '' : 'ok');
}

/** The programs of a Debian machine that just-bash does not have, as far as an upgrade calls them. */
export const nodePrograms: Readonly<Record<string, (call: Call) => Result | Promise<Result>>> = {
  'apt-get': aptGet,
  kubectl: () => said(''),
  'apt-cache': ({ args, state }) =>
    said(state.lists.map((exact) => ` ${args.at(-1)} | ${exact} | https://mirror Packages\n`).join('')),
  'apt-mark': ({ args, state }) => {
    for (const name of args.slice(1)) {
      if (args[0] === 'hold') state.held.add(name);
      else state.held.delete(name);
    }
    return said('');
  },
  'dpkg-query': ({ state }) =>
    said(
      [...state.packages]
        .map(
          ([name, exact]) =>
            `${name} ${exact} ${state.held.has(name) ? 'h' : 'i'}${state.halfConfigured.has(name) ? 'F' : 'i'} \n`,
        )
        .join(''),
    ),
  dpkg: ({ args, state, journal }) => {
    if (args[0] === '--audit') return said([...state.halfConfigured].join('\n'));
    journal.push('dpkg --configure');
    state.halfConfigured.clear();
    return said('');
  },
  stat: async ({ args, files }) => {
    const format = args[args.indexOf('-c') + 1] ?? '';
    const lines: string[] = [];
    for (const path of args.slice(args.indexOf('-c') + 2)) {
      const full = path.startsWith('/') ? path : `/var/lib/kubelet/${path}`;
      if (!(await files.exists(full))) continue;
      const { mtime, mode } = await files.stat(full);
      lines.push(
        format
          .replace('%Z', String(Math.floor(mtime.getTime() / 1_000)))
          .replace('%n', path)
          .replace('%a', (mode & 0o777).toString(8)),
      );
    }
    return said(`${lines.join('\n')}\n`);
  },
  date: ({ clock }) => said(`${Math.floor(clock.now() / 1_000)}\n`),
  df: () => said('Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 1000 400 600 40% /\n'),
  kubelet: ({ state }) => said(`Kubernetes v${state.packages.get('kubelet')?.replace(/-.*/, '')}\n`),
  journalctl: ({ state }) =>
    said(
      state.kubelet.says ??
        'I1123 fine\nE1123 failed to run Kubelet: unknown flag: --pod-infra-container-image\n',
    ),
  kubeadm,
  crictl: (call) => crictl(call, etcdctl),
  etcdutl: etcdTool('etcdutl'),
  etcdctl: etcdTool('etcdctl'),
  chown: () => said(''),
  sync: () => said(''),
  umask: () => said(''),
  mountpoint: () => failed(32, ''),
  systemctl,
  curl,
};
