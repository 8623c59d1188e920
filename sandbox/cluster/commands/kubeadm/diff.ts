import { manifestPath } from '../../model/manifests.ts';
import { parseVersion } from '../../model/versions.ts';
import { newManifests } from './static-pods.ts';
import { KubeadmError, type Task } from './task.ts';
import { requireRoot } from './upgrade.ts';

/** `kubeadm upgrade diff VERSION`: the three manifests it compares, in its order. */
export async function diff(task: Task): Promise<void> {
  await requireRoot(task);
  const configuration = await task.readConfiguration('upgrade/diff');
  const given = task.args.rest[0] ?? configuration.kubernetesVersion;
  const target = given.startsWith('v') ? given : `v${given}`;
  if (parseVersion(target) === undefined)
    throw new KubeadmError(
      `error: version "${given}" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`,
    );
  const manifests = await newManifests(task, target);
  for (const component of ['kube-controller-manager', 'kube-scheduler', 'kube-apiserver'] as const) {
    const path = manifestPath(component);
    const current = await task.files.textOf(path);
    if (current === undefined) throw new KubeadmError(`open ${path}: no such file or directory`);
    const text = unified(current.split('\n'), (manifests.get(component) ?? '').split('\n'));
    if (text !== '') task.run.out(`--- ${path}\n+++ new manifest\n${text}`);
  }
}

/** A unified diff without context lines. */
function unified(before: string[], after: string[]): string {
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const diagonal = common[(i + 1) * width + j + 1] ?? 0;
      common[i * width + j] =
        before[i] === after[j]
          ? diagonal + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  let output = '';
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const from = i;
    const to = j;
    for (;;) {
      if (i < before.length && j < after.length && before[i] === after[j]) break;
      const down = common[(i + 1) * width + j] ?? 0;
      const right = common[i * width + j + 1] ?? 0;
      if (i < before.length && (j >= after.length || down >= right)) i += 1;
      else if (j < after.length) j += 1;
      else break;
    }
    output += `@@ -${range(from, i)} +${range(to, j)} @@\n`;
    output +=
      before
        .slice(from, i)
        .map((text) => `-${text}\n`)
        .join('') +
      after
        .slice(to, j)
        .map((text) => `+${text}\n`)
        .join('');
  }
  return output;
}

function range(from: number, to: number): string {
  const count = to - from;
  if (count === 0) return `${from},0`;
  return count === 1 ? String(from + 1) : `${from + 1},${count}`;
}
