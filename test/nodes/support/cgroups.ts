import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './shell.ts';

/**
 * Shell lines that put the calling shell into cgroups of its own, one in every hierarchy that is mounted. Needed where
 * no systemd runs that would do it (containers, small virtual machines): nodes would otherwise share a cgroup, and one's
 * systemd would end the processes of another.
 */
export function ownCgroups(name: string): string[] {
  if (existsSync('/run/systemd/system')) return [];
  return cgroupDirectories(name).flatMap((directory) => [
    `mkdir -p ${directory} || :`,
    // A new cpuset holds nothing, and nothing can be put into it, until it is told what of its parent it may use.
    `for d in ${join(directory, '..')} ${directory}; do for f in cpus mems; do
      if [ -e $d/cpuset.$f ]; then cat $d/../cpuset.$f >$d/cpuset.$f || :; fi
    done; done`,
    `echo $$ >${directory}/cgroup.procs || :`,
  ]);
}

/** Removes the cgroups of a node that has ended; says whether the last of its processes had left them. */
export async function removeCgroups(name: string): Promise<boolean> {
  const directories = cgroupDirectories(name).filter((directory) => existsSync(directory));
  // They can only be removed as directories, the innermost first.
  if (directories.length > 0)
    await run('find', [...directories, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+']).catch(() => '');
  return directories.every((directory) => !existsSync(directory));
}

function cgroupDirectories(name: string): string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, path = '', type]) => /^cgroup2?$/.test(type ?? '') && path.startsWith('/sys/fs/cgroup'))
    .map(([, path = '']) => join(path, 'k8s-upgrade-bot-test', name));
}
