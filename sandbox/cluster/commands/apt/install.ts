import { bare, isKubernetesPackage, type PackageName, repositoryUrl } from '../../model/packages.ts';
import { compareVersions } from '../../model/versions.ts';
import type { Invocation } from '../../shell/program.ts';
import type { Arguments } from '../arguments.ts';
import { assumesYes, quietness } from './configuration.ts';
import { unpackedPackages } from './dpkg.ts';

const sizes: Record<PackageName, number> = { kubeadm: 22.5, kubectl: 20.5, kubelet: 27.8 };

interface Change {
  name: PackageName;
  from: string;
  to: string;
  minor: string;
  direction: 'up' | 'down';
}

const steps = Array.from({ length: 20 }, (_, index) => `(Reading database ... ${(index + 1) * 5}%\r`);
const progress = `(Reading database ... \r${steps.join('')}(Reading database ... 9396 files and directories currently installed.)\n`;

/** apt-get install of the Kubernetes packages, at given versions or the newest known ones. */
export async function install(run: Invocation, args: Arguments, names: string[]): Promise<number> {
  const quiet = quietness(args);
  const say = (text: string) => {
    if (quiet < 2) run.out(text);
  };
  say('Reading package lists...\nBuilding dependency tree...\nReading state information...\n');
  await run.model.clock.sleep(800, run.signal);
  if (unpackedPackages(run).length > 0) {
    run.err(
      "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. \n",
    );
    return 100;
  }
  const changes: Change[] = [];
  for (const wanted of names) {
    const change = resolve(run, wanted, say);
    if (change === 'unknown') return 100;
    if (change !== undefined) changes.push(change);
  }
  changes.sort((a, b) => (a.name < b.name ? -1 : 1));
  const refusal = announce(run, args, changes, say);
  if (refusal !== undefined) {
    run.err(refusal);
    return 100;
  }
  if (changes.length === 0) return 0;
  return carryOut(run, changes, say);
}

function resolve(
  run: Invocation,
  wanted: string,
  say: (text: string) => void,
): Change | 'unknown' | undefined {
  const [name = '', version] = wanted.split('=');
  if (!isKubernetesPackage(name)) {
    run.err(`E: Unable to locate package ${name}\n`);
    return 'unknown';
  }
  const { packages } = run.machine;
  const installed = packages.installed[name].version;
  const available = packages.available();
  if (
    version === installed ||
    (version === undefined && (available[0]?.version ?? installed) === installed)
  ) {
    say(`${name} is already the newest version (${installed}).\n`);
    return undefined;
  }
  const found = version === undefined ? available[0] : available.find((entry) => entry.version === version);
  if (found === undefined) {
    if (available.length === 0 || !available.some((entry) => entry.version === installed)) {
      say(
        `Package ${name} is not available, but is referred to by another package.\nThis may mean that the package is missing, has been obsoleted, or\nis only available from another source\n\n`,
      );
    }
    run.err(`E: Version '${version ?? ''}' for '${name}' was not found\n`);
    return 'unknown';
  }
  const direction = compareVersions(bare(found.version), bare(installed)) < 0 ? 'down' : 'up';
  return { name, from: installed, to: found.version, minor: found.minor, direction };
}

/** Says what is going to happen; returns why it must not. */
function announce(
  run: Invocation,
  args: Arguments,
  changes: Change[],
  say: (text: string) => void,
): string | undefined {
  const { installed } = run.machine.packages;
  const up = changes.filter(({ direction }) => direction === 'up').map(({ name }) => name);
  const down = changes.filter(({ direction }) => direction === 'down').map(({ name }) => name);
  const held = changes.filter(({ name }) => installed[name].held).map(({ name }) => name);
  if (held.length > 0) say(`The following held packages will be changed:\n  ${held.join(' ')}\n`);
  if (up.length > 0) say(`The following packages will be upgraded:\n  ${up.join(' ')}\n`);
  if (down.length > 0) say(`The following packages will be DOWNGRADED:\n  ${down.join(' ')}\n`);
  const idle = (Object.keys(installed) as PackageName[]).filter((name) => {
    const best = run.machine.packages.available()[0]?.version;
    return (
      best !== undefined &&
      best !== installed[name].version &&
      !changes.some((change) => change.name === name)
    );
  }).length;
  const downs = down.length > 0 ? ` ${down.length} downgraded,` : '';
  say(`${up.length} upgraded, 0 newly installed,${downs} 0 to remove and ${idle} not upgraded.\n`);
  const yes = assumesYes(args);
  if (down.length > 0 && yes && !args.options.has('allow-downgrades')) {
    return 'E: Packages were downgraded and -y was used without --allow-downgrades.\n';
  }
  if (held.length > 0 && yes && !args.options.has('allow-change-held-packages')) {
    return 'E: Held packages were changed and -y was used without --allow-change-held-packages.\n';
  }
  if (changes.length > 0 && !yes) {
    say('Do you want to continue? [Y/n] ');
    return 'Abort.\n';
  }
  return undefined;
}

/** Longer than anybody follows a command. */
const forEver = 30 * 24 * 3_600_000;

/** The package's own script waits for something, for as long as the fault package-script-hangs is on. */
async function hangIfAsked(run: Invocation, name: PackageName): Promise<void> {
  const { clock, faults } = run.model;
  const hangs = () => faults.on('package-script-hangs', run.machine.name) !== undefined;
  if (!hangs()) return;
  run.out(`${name}.postinst: waiting for /run/lock/${name}, held by process 977 …\n`);
  await clock.until(() => !hangs(), forEver, 20_000, run.signal);
}

async function carryOut(run: Invocation, changes: Change[], say: (text: string) => void): Promise<number> {
  const { machine, model } = run;
  const total = changes.reduce((sum, { name }) => sum + sizes[name], 0).toFixed(1);
  say(
    `Need to get ${total} MB of archives.\nAfter this operation, 0 B of additional disk space will be used.\n`,
  );
  for (const [index, { name, to, minor }] of changes.entries()) {
    say(`Get:${index + 1} ${repositoryUrl(minor)}  ${name} ${to} [${sizes[name].toFixed(1)} MB]\n`);
    await model.clock.sleep(900, run.signal);
  }
  if (machine.files.full) {
    run.err(`E: You don't have enough free space in /var/cache/apt/archives/.\n`);
    return 100;
  }
  say(`Fetched ${total} MB in 0s (172 MB/s)\n`);
  run.err('debconf: delaying package configuration, since apt-utils is not installed\n');
  const { installed } = machine.packages;
  for (const [index, { name, from, to, direction }] of changes.entries()) {
    if (direction === 'down') run.out(`dpkg: warning: downgrading ${name} from ${from} to ${to}\n`);
    if (index === 0) run.out(progress);
    run.out(
      `Preparing to unpack .../${name}_${to}_amd64.deb ...\nUnpacking ${name} (${to}) over (${from}) ...\n`,
    );
    installed[name].version = to;
    installed[name].state = 'unpacked';
    await model.clock.sleep(700, run.signal);
  }
  for (const { name, to } of changes) {
    run.out(`Setting up ${name} (${to}) ...\n`);
    await hangIfAsked(run, name);
    installed[name].state = 'installed';
    await machine.files.utimes(`/usr/bin/${name}`, new Date(), new Date());
    if (name !== 'kubectl') machine.needsReload = true;
    model.journal.record(machine.name, 'apt-install', `${name}=${to}`);
    await model.clock.sleep(400, run.signal);
  }
  return 0;
}
