import { isKubernetesPackage, repositoryUrl } from '../../model/packages.ts';
import type { Invocation, Program } from '../../shell/program.ts';
import { readArguments } from '../arguments.ts';
import { listsOf } from './configuration.ts';
import { installedVersion } from './dpkg.ts';

/** apt-cache madison and policy, from the lists of the last update. */
export const aptCache: Program = (run) => {
  const args = readArguments(run.args, ['o']);
  const [action = '', ...names] = args.rest;
  const lists = listsOf(args);
  if (action === 'madison') {
    for (const name of names) madison(run, name, lists);
    return 0;
  }
  if (action === 'policy') {
    for (const name of names) policy(run, name, lists);
    return 0;
  }
  run.err(`E: Invalid operation ${action}\n`);
  return 100;
};

function madison(run: Invocation, name: string, lists: string): void {
  if (!isKubernetesPackage(name)) {
    run.err(`N: Unable to locate package ${name}\n`);
    return;
  }
  for (const { version, minor } of run.machine.packages.available(lists)) {
    run.out(`${name.padStart(10)} | ${version} | ${repositoryUrl(minor)}  Packages\n`);
  }
}

function policy(run: Invocation, name: string, lists: string): void {
  const installed = installedVersion(run, name);
  if (installed === undefined) return;
  const available = isKubernetesPackage(name) ? run.machine.packages.available(lists) : [];
  const versions = [...new Set([...available.map(({ version }) => version), installed])];
  const candidate = available[0]?.version ?? installed;
  run.out(`${name}:\n  Installed: ${installed}\n  Candidate: ${candidate}\n  Version table:\n`);
  for (const version of versions) {
    run.out(` ${version === installed ? '***' : '   '} ${version} 500\n`);
    const source = available.find((entry) => entry.version === version);
    if (source !== undefined) run.out(`        500 ${repositoryUrl(source.minor)}  Packages\n`);
    if (version === installed) run.out('        100 /var/lib/dpkg/status\n');
  }
}
