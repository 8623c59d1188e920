import { versionInfo } from '../model/versions.ts';
import type { Invocation, Program } from '../shell/program.ts';
import { last, readArguments } from './arguments.ts';

export const hostname: Program = (run) => {
  run.out(`${run.args.includes('-I') ? `${run.machine.address} ` : run.machine.name}\n`);
  return 0;
};

export const uname: Program = (run) => {
  const fields: Record<string, string> = {
    s: 'Linux',
    n: run.machine.name,
    r: '6.1.0-41-amd64',
    v: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2026-10-05)',
    m: 'x86_64',
    p: 'unknown',
    i: 'unknown',
    o: 'GNU/Linux',
  };
  const flags = run.args.join('').replaceAll('-', '') || 's';
  const wanted = flags.includes('a')
    ? 'snrvmo'
    : 'snrvmpio'
        .split('')
        .filter((flag) => flags.includes(flag))
        .join('');
  run.out(
    `${wanted
      .split('')
      .map((flag) => fields[flag])
      .join(' ')}\n`,
  );
  return 0;
};

export const nproc: Program = (run) => {
  run.out('4\n');
  return 0;
};

export const nothing: Program = () => 0;

/** The one disk of a simulated machine is mounted at its root. */
export const mountpoint: Program = (run) => (run.args.at(-1) === '/' ? 0 : 32);

/** df over the one disk of a simulated machine; full with the fault disk-full. */
export const df: Program = async (run) => {
  const args = readArguments(run.args, ['B', 'block-size', 'output', 't', 'x']);
  const paths = args.rest.length > 0 ? args.rest : ['/'];
  for (const path of paths) {
    if (await run.files.exists(run.files.resolvePath(run.cwd, path))) continue;
    run.err(`df: ${path}: No such file or directory\n`);
    return 1;
  }
  const total = 98_831_908 * 1_024;
  const used = run.machine.files.full ? total : Math.floor(total * 0.23);
  const [asked = '/'] = paths;
  const seeded = run.machine.freeBytes.get(run.files.resolvePath(run.cwd, asked));
  const avail = seeded ?? run.machine.freeBytes.get('/') ?? total - used;
  const row: Record<string, number> = { size: total, used: total - avail, avail };
  const flags = [...args.options.keys()].filter((key) => key.length <= 3 && !key.startsWith('-')).join('');
  const inodes = flags.includes('i') || args.options.has('inodes');
  const block = last(args, 'B', 'block-size') ?? (flags.includes('k') ? '1K' : '1K');
  const unit =
    { '1': 1, '1K': 1_024, K: 1_024, M: 1_048_576, '1M': 1_048_576, G: 1_073_741_824, '1G': 1_073_741_824 }[
      block
    ] ?? 1_024;
  const human = flags.includes('h');
  const shown = (bytes: number) =>
    inodes
      ? String(Math.floor(bytes / 16_384))
      : human
        ? `${Math.ceil(bytes / 1_073_741_824)}G`
        : String(Math.floor(bytes / unit));
  const share = `${Math.round(((total - avail) / total) * 100)}%`;
  const output = last(args, 'output');
  if (output !== undefined) {
    const columns = output.split(',');
    const titles: Record<string, string> = {
      source: 'Filesystem',
      size: '1K-blocks',
      used: 'Used',
      avail: 'Avail',
      pcent: 'Use%',
      target: 'Mounted on',
    };
    run.out(`${columns.map((column) => titles[column] ?? column).join(' ')}\n`);
    for (const _ of paths)
      run.out(
        `${columns.map((column) => (column === 'source' ? '/dev/vda1' : column === 'target' ? '/' : column === 'pcent' ? share : shown(row[column] ?? 0))).join(' ')}\n`,
      );
    return 0;
  }
  run.out(
    inodes
      ? 'Filesystem Inodes IUsed IFree IUse% Mounted on\n'
      : `Filesystem     ${human ? 'Size' : unit === 1_024 ? '1024-blocks' : `${block}-blocks`}      Used Available Capacity Mounted on\n`,
  );
  for (const _ of paths)
    run.out(`/dev/vda1      ${shown(total)} ${shown(total - avail)} ${shown(avail)} ${share} /\n`);
  return 0;
};

export const free: Program = (run) => {
  run.out(
    '               total        used        free      shared  buff/cache   available\nMem:        16384092     2104312    11230412        3104     3049368    14279780\nSwap:              0           0           0\n',
  );
  return 0;
};

export const swapon: Program = () => 0;

/** date with its clock off by what the machine's is; `+%s` and `+%s%N` to the nanosecond's form. */
export const date: Program = async (run) => {
  const now = Date.now() + run.machine.clockOffsetMs;
  const [format] = run.args;
  if (format === '+%s') run.out(`${Math.floor(now / 1_000)}\n`);
  else if (format === '+%s%N') run.out(`${BigInt(now) * 1_000_000n}\n`);
  else if (run.original !== undefined) return run.relay(await run.original(run.args));
  return 0;
};

/** timedatectl show -p NTPSynchronized --value and its like. */
export const timedatectl: Program = (run) => {
  run.out(run.args.includes('--value') ? 'yes\n' : 'NTPSynchronized=yes\nTimezone=Etc/UTC\n');
  return 0;
};

export const getent: Program = async (run) => {
  const [database = '', key = ''] = run.args;
  const text = (await run.machine.files.textOf(`/etc/${database}`)) ?? '';
  const line = text.split('\n').find((each) => each.startsWith(`${key}:`));
  if (line === undefined) return 2;
  run.out(`${line}\n`);
  return 0;
};

export const reboot: Program = (run) => {
  if (run.user !== 'root') {
    run.err(
      'Failed to set wall message, ignoring: Interactive authentication required.\nFailed to reboot system via logind: Interactive authentication required.\n',
    );
    return 1;
  }
  void run.machine.reboot();
  return 0;
};

/** `kubelet --version` prints the installed binary's version, not the running process's. */
export const kubelet: Program = (run) => {
  if (!run.args.includes('--version')) {
    run.err('E kubelet is run by systemd here\n');
    return 1;
  }
  run.out(`Kubernetes ${run.machine.packages.binary('kubelet')}\n`);
  return 0;
};

/** curl to the kubelet's healthz and to the local kube-apiserver. */
export const curl: Program = async (run) => {
  const args = readArguments(run.args, [
    'm',
    'max-time',
    'o',
    'output',
    'w',
    'write-out',
    'cacert',
    'cert',
    'key',
    'H',
    'connect-timeout',
    'X',
    'retry',
    'retry-delay',
  ]);
  const url = args.rest.find((word) => /^https?:/.test(word)) ?? '';
  const flags = [...args.options.keys()].filter((key) => key.length <= 6).join('');
  const limit = Number(last(args, 'm', 'max-time') ?? 0) * 1_000;
  const answer = await fetched(run, url, limit);
  const silent = flags.includes('s') && !flags.includes('S');
  if ('failure' in answer) {
    if (!silent) run.err(`curl: (${answer.failure}) ${answer.words}\n`);
    return answer.failure;
  }
  if ((flags.includes('f') || args.options.has('fail')) && answer.code >= 400) {
    if (!silent) run.err(`curl: (22) The requested URL returned error: ${answer.code}\n`);
    return 22;
  }
  const head = flags.includes('i')
    ? `HTTP/1.1 ${answer.code} OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${answer.body.length}\r\n\r\n`
    : '';
  const output = last(args, 'o', 'output');
  if (output === undefined) run.out(head + answer.body);
  else if (output !== '/dev/null')
    await run.files.writeFile(run.files.resolvePath(run.cwd, output), answer.body);
  const format = last(args, 'w', 'write-out');
  if (format !== undefined)
    run.out(format.replaceAll('%{http_code}', String(answer.code)).replaceAll('\\n', '\n'));
  return 0;
};

type Fetched = { code: number; body: string } | { failure: number; words: string };

async function fetched(run: Invocation, url: string, limit: number): Promise<Fetched> {
  const found = /^(https?):\/\/([^/:]+)(?::(\d+))?(\/[^?]*)?/.exec(url);
  if (found === null) return { failure: 3, words: 'URL using bad/illegal format or missing URL' };
  const [, , host = '', port = '80', path = '/'] = found;
  const refused = {
    failure: 7,
    words: `Failed to connect to ${host} port ${port} after 0 ms: Couldn't connect to server`,
  };
  const local = ['127.0.0.1', 'localhost', run.machine.address, run.machine.name].includes(host);
  if (!local) return { failure: 6, words: `Could not resolve host: ${host}` };
  if (port === '10248') return run.machine.kubelet.healthy() ? { code: 200, body: 'ok' } : refused;
  if (port === '2381') {
    if (!run.machine.staticPods.isRunning('etcd')) return refused;
    return {
      code: 200,
      body: path === '/health' ? `{"health":"${run.model.etcd.serves(run.machine.name)}","reason":""}` : 'ok',
    };
  }
  const component = ({ '10257': 'kube-controller-manager', '10259': 'kube-scheduler' } as const)[port];
  if (component !== undefined)
    return run.machine.staticPods.isRunning(component) ? { code: 200, body: 'ok' } : refused;
  if (port !== '6443') return refused;
  const hanging = () => run.model.apiState(run.machine.name) === 'hanging';
  if (hanging()) {
    const over = await run.model.clock.until(() => !hanging(), limit === 0 ? 60_000 : limit, 500, run.signal);
    if (!over)
      return { failure: 28, words: `Operation timed out after ${limit} milliseconds with 0 bytes received` };
  }
  if (run.model.apiState(run.machine.name) === 'down') return refused;
  const version = run.model.apiVersion(run.machine.name);
  if (path === '/version') return { code: 200, body: JSON.stringify(versionInfo(version), undefined, 2) };
  if (/^\/(readyz|livez|healthz)/.test(path)) return { code: 200, body: 'ok' };
  return {
    code: 403,
    body: JSON.stringify(
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `forbidden: User "system:anonymous" cannot get path "${path}"`,
        reason: 'Forbidden',
        code: 403,
      },
      undefined,
      2,
    ),
  };
}
