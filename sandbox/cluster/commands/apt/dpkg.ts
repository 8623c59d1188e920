import { isKubernetesPackage, kubernetesPackages, type PackageName } from '../../model/packages.ts';
import type { Invocation, Program } from '../../shell/program.ts';
import { readArguments } from '../arguments.ts';

/** Words of apt and dpkg to whoever is not root. */
export const lockDenied = (what: string, path: string) =>
  `E: Could not open lock file ${path} - open (13: Permission denied)\nE: Unable to acquire the ${what} (${path}), are you root?\n`;

/** Other packages that are always there, so that questions about them have an answer. */
const others: Record<string, string> = {
  containerd: '1.7.28-1~deb12u1',
  'kubernetes-cni': '1.6.0-1.1',
  'cri-tools': '1.33.0-1.1',
  systemd: '252.39-1~deb12u1',
};

export function installedVersion(run: Invocation, name: string): string | undefined {
  return isKubernetesPackage(name) ? run.machine.packages.installed[name].version : others[name];
}

/** `dpkg-query -W -f=FORMAT PACKAGE…` with the fields Package, Version, Architecture and db:Status-*. */
export const dpkgQuery: Program = (run) => {
  const args = readArguments(run.args, ['f', 'showformat']);
  const format =
    args.options.get('f')?.at(-1) ??
    args.options.get('showformat')?.at(-1) ??
    '${binary:Package}\t${Version}\n';
  const names = args.rest.length > 0 ? args.rest : [...kubernetesPackages, ...Object.keys(others)].sort();
  let code = 0;
  for (const name of names) {
    const version = installedVersion(run, name);
    if (version === undefined) {
      run.err(`dpkg-query: no packages found matching ${name}\n`);
      code = 1;
      continue;
    }
    const { held = false, state = 'installed' } = isKubernetesPackage(name)
      ? run.machine.packages.installed[name]
      : {};
    const unpacked = state === 'unpacked';
    const fields: Record<string, string> = {
      Package: name,
      'binary:Package': name,
      Version: version,
      Architecture: 'amd64',
      'db:Status-Abbrev': `${held ? 'h' : 'i'}${unpacked ? 'U' : 'i'} `,
      'db:Status-Want': held ? 'hold' : 'install',
      'db:Status-Status': unpacked ? 'unpacked' : 'installed',
      'db:Status-Eflag': 'ok',
      Status: `${held ? 'hold' : 'install'} ok ${unpacked ? 'unpacked' : 'installed'}`,
    };
    run.out(
      format
        .replaceAll(/\$\{([^};]+)(?:;(-?\d+))?\}/g, (_, field: string, width?: string) =>
          padded(fields[field] ?? '', width),
        )
        .replaceAll('\\n', '\n')
        .replaceAll('\\t', '\t'),
    );
  }
  return code;
};

function padded(text: string, width: string | undefined): string {
  if (width === undefined) return text;
  return width.startsWith('-') ? text.padEnd(Number(width.slice(1))) : text.padStart(Number(width));
}

export const unpackedPackages = (run: Invocation): PackageName[] =>
  kubernetesPackages.filter((name) => run.machine.packages.installed[name].state === 'unpacked');

/** `dpkg --configure -a`, `--audit`, `-l`, `--print-architecture`, `--compare-versions`. */
export const dpkg: Program = async (run) => {
  const [action = '', ...rest] = run.args;
  switch (action) {
    case '--configure':
      return configure(run);
    case '--audit':
    case '-C': {
      const broken = unpackedPackages(run);
      if (broken.length > 0) {
        run.out(
          `The following packages have been unpacked but not yet configured.\nThey must be configured using dpkg --configure or the configure\nmenu option in dselect for them to work:\n${broken.map((name) => ` ${name.padEnd(20)} ${name}\n`).join('')}\n`,
        );
      }
      return broken.length > 0 ? 1 : 0;
    }
    case '-l':
      return list(run, rest);
    case '--print-architecture':
      run.out('amd64\n');
      return 0;
    default:
      run.err(`dpkg: error: unknown option ${action}\n`);
      return 2;
  }
};

async function configure(run: Invocation): Promise<number> {
  if (run.user !== 'root') {
    run.err('dpkg: error: requested operation requires superuser privilege\n');
    return 2;
  }
  if (run.model.faults.on('apt-lock', run.machine.name) !== undefined) {
    run.err(
      'dpkg: error: dpkg frontend lock was locked by another process with pid 812\nNote: removing the lock file is always wrong, can damage the locked area\nand the entire system. See <https://wiki.debian.org/Teams/Dpkg/FAQ#db-lock>.\n',
    );
    return 2;
  }
  for (const name of unpackedPackages(run)) {
    const found = run.machine.packages.installed[name];
    await run.model.clock.sleep(500, run.signal);
    run.out(`Setting up ${name} (${found.version}) ...\n`);
    found.state = 'installed';
    run.model.journal.record(run.machine.name, 'dpkg-configure', name);
  }
  return 0;
}

function list(run: Invocation, names: string[]): number {
  run.out(`Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
||/ Name           Version          Architecture Description
+++-==============-================-============-=================================
`);
  let code = 0;
  for (const name of names.length > 0 ? names : kubernetesPackages) {
    const version = installedVersion(run, name);
    if (version === undefined) {
      run.err(`dpkg-query: no packages found matching ${name}\n`);
      code = 1;
      continue;
    }
    const found = isKubernetesPackage(name) ? run.machine.packages.installed[name] : undefined;
    const status = `${found?.held === true ? 'h' : 'i'}${found?.state === 'unpacked' ? 'U' : 'i'}`;
    run.out(`${status}  ${name.padEnd(14)} ${version.padEnd(16)} amd64        ${name}\n`);
  }
  return code;
}
