import { PullFailure } from '../model/images.ts';
import type { Invocation, Program } from '../shell/program.ts';
import { type Arguments, last, readArguments } from './arguments.ts';
import { containers } from './containers.ts';
import { etcdctl } from './etcd/etcdctl.ts';

const valued = [
  'o',
  'output',
  'name',
  'state',
  's',
  'label',
  'pod',
  'p',
  'image',
  'r',
  'runtime-endpoint',
  'i',
  'image-endpoint',
  'n',
  'last',
  't',
  'timeout',
  'tail',
  'namespace',
];

/** crictl against the machine's containerd. */
export const crictl: Program = async (run) => {
  if (run.user !== 'root') {
    run.err(
      'FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: permission denied" \n',
    );
    return 1;
  }
  const head = readArguments(run.args, valued, true);
  const [action = '', ...words] = head.rest;
  const args = readArguments(words, valued, action === 'exec');
  for (const [name, values] of head.options) if (!args.options.has(name)) args.options.set(name, values);
  switch (action) {
    case 'ps':
      return ps(run, args);
    case 'images':
    case 'image':
      return images(run, args);
    case 'pull':
      return pull(run, args.rest[0] ?? '');
    case 'rmi':
      for (const image of args.rest) if (run.machine.images.remove(image)) run.out(`Deleted: ${image}\n`);
      return 0;
    case 'exec':
      return exec(run, args);
    case 'logs':
      return logs(run, args.rest[0] ?? '');
    case 'info':
      return info(run);
    case 'version':
      run.out('Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  1.7.28\nRuntimeApiVersion:  v1\n');
      return 0;
    case 'stop':
    case 'stopp':
    case 'rm':
      return stop(run, args.rest);
    default:
      run.err(`No help topic for '${action}'\n`);
      return 3;
  }
};

function ps(run: Invocation, args: Arguments): number {
  const name = last(args, 'name');
  const state = last(args, 'state', 's')?.toLowerCase();
  const all = args.options.has('a') || args.options.has('all');
  const rows = containers(run)
    .filter((row) => name === undefined || new RegExp(name).test(row.name))
    .filter((row) => (state === undefined ? all || row.running : (state === 'running') === row.running));
  if (args.options.has('q') || args.options.has('quiet')) {
    for (const { id } of rows) run.out(`${id}\n`);
    return 0;
  }
  if (last(args, 'o', 'output') === 'json') {
    const list = rows.map((row) => ({
      id: row.id,
      podSandboxId: `${row.id.slice(32)}${row.id.slice(0, 32)}`,
      metadata: { name: row.name, attempt: row.attempt },
      image: { image: row.image, annotations: {}, userSpecifiedImage: '' },
      imageRef: row.image,
      state: row.running ? 'CONTAINER_RUNNING' : 'CONTAINER_EXITED',
      createdAt: String(BigInt(row.createdAt.getTime()) * 1_000_000n),
      labels: {
        'io.kubernetes.container.name': row.name,
        'io.kubernetes.pod.name': row.pod,
        'io.kubernetes.pod.namespace': row.namespace,
        'io.kubernetes.pod.uid': row.uid,
      },
      annotations: {},
    }));
    run.out(`${JSON.stringify({ containers: list }, undefined, 2)}\n`);
    return 0;
  }
  table(run, [
    ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'],
    ...rows.map((row) => [
      row.id.slice(0, 13),
      row.image,
      ago(row.createdAt),
      row.running ? 'Running' : 'Exited',
      row.name,
      String(row.attempt),
      row.id.slice(20, 33),
      row.pod,
      row.namespace,
    ]),
  ]);
  return 0;
}

function images(run: Invocation, args: Arguments): number {
  const wanted = args.rest[0];
  const list = run.machine.images
    .list()
    .filter(({ name }) => wanted === undefined || name === wanted || name.startsWith(`${wanted}:`));
  if (args.options.has('q') || args.options.has('quiet')) {
    for (const { id } of list) run.out(`${id}\n`);
    return 0;
  }
  if (last(args, 'o', 'output') === 'json') {
    const entries = list.map(({ name, sizeBytes, id }) => ({
      id,
      repoTags: [name],
      repoDigests: [`${name.replace(/:[^:/]*$/, '')}@${id}`],
      size: String(sizeBytes),
      uid: null,
      username: '',
      spec: null,
      pinned: name.includes('/pause:'),
    }));
    run.out(`${JSON.stringify({ images: entries }, undefined, 2)}\n`);
    return 0;
  }
  table(run, [
    ['IMAGE', 'TAG', 'IMAGE ID', 'SIZE'],
    ...list.map(({ name, sizeBytes, id }) => [
      name.replace(/:[^:/]*$/, ''),
      name.split(':').at(-1) ?? '',
      id.slice(7, 20),
      `${(sizeBytes / 1e6).toFixed(1)}MB`,
    ]),
  ]);
  return 0;
}

async function pull(run: Invocation, image: string): Promise<number> {
  try {
    await run.machine.images.pull(image, run.signal);
  } catch (error) {
    if (!(error instanceof PullFailure)) throw error;
    run.err(
      `E${new Date().toISOString()} log.go:32] "PullImage from image service failed" err="rpc error: code = Unknown desc = ${error.message}" image="${image}"\nFATA[0010] pulling image: ${error.message} \n`,
    );
    return 1;
  }
  run.out(`Image is up to date for ${image}\n`);
  return 0;
}

async function exec(run: Invocation, args: Arguments): Promise<number> {
  const [id = '', program = '', ...rest] = args.rest;
  const container = id === '' ? undefined : containers(run).find((row) => row.id.startsWith(id));
  if (container === undefined || !container.running) {
    const words =
      id === ''
        ? 'ID cannot be empty'
        : `rpc error: code = NotFound desc = an error occurred when try to find container "${id}": not found`;
    run.err(`FATA[0000] execing command in container: ${words} \n`);
    return 1;
  }
  if (container.name === 'etcd' && program === 'etcdctl') {
    const code = await etcdctl(run, rest);
    if (code !== 0)
      run.err(`FATA[0000] execing command in container: command terminated with exit code ${code} \n`);
    return code === 0 ? 0 : 1;
  }
  run.err(
    `FATA[0000] execing command in container: rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown \n`,
  );
  return 1;
}

function logs(run: Invocation, id: string): number {
  const container = containers(run).find((row) => id !== '' && row.id.startsWith(id));
  if (container === undefined) {
    run.err(
      `FATA[0000] rpc error: code = NotFound desc = an error occurred when try to find container "${id}": not found \n`,
    );
    return 1;
  }
  run.out(`${container.static?.failure ?? `${container.name} is running`}\n`);
  return 0;
}

function stop(run: Invocation, ids: string[]): number {
  for (const id of ids) {
    const found = containers(run).find((row) => row.id.startsWith(id))?.static;
    if (found !== undefined) run.machine.staticPods.restart(found.component);
    run.out(`${id}\n`);
  }
  return 0;
}

function info(run: Invocation): number {
  run.out(
    `${JSON.stringify(
      {
        status: {
          conditions: [
            { type: 'RuntimeReady', status: true, reason: '', message: '' },
            { type: 'NetworkReady', status: true, reason: '', message: '' },
          ],
        },
        config: {
          containerdRootDir: '/var/lib/containerd',
          sandboxImage: 'registry.k8s.io/pause:3.10',
          systemdCgroup: true,
        },
      },
      undefined,
      2,
    )}\n`,
  );
  return 0;
}

function ago(date: Date): string {
  const seconds = Math.max(0, Math.floor((Date.now() - date.getTime()) / 1_000));
  if (seconds < 1) return 'Less than a second ago';
  if (seconds < 60) return `${seconds} seconds ago`;
  if (seconds < 120) return 'About a minute ago';
  return seconds < 7_200
    ? `${Math.floor(seconds / 60)} minutes ago`
    : `${Math.floor(seconds / 3_600)} hours ago`;
}

function table(run: Invocation, cells: string[][]): void {
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(20, ...cells.map((row) => (row[column] ?? '').length + 3)),
  );
  for (const row of cells)
    run.out(
      `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('')}\n`,
    );
}
