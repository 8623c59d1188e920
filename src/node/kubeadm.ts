import type { KubeadmOptions } from '../domain/step.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import type { Argv } from '../ports/remote-host.ts';
import { type Reader, readExited, readText, script } from './command.ts';

/** The images that kubeadm wants for a version, by its own list: the installed kubeadm must be of that minor. */
export async function listImages(
  host: Reader,
  version: KubernetesVersion,
  imageRepository: string,
): Promise<string[]> {
  const output = await readText(
    host,
    [
      'kubeadm',
      'config',
      'images',
      'list',
      '--kubernetes-version',
      version,
      '--image-repository',
      imageRepository,
    ],
    { purpose: 'asking kubeadm for its images' },
  );
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes('/') && !/\s/.test(line));
}

/**
 * Where a node remembers that kubeadm finished: kubeadm itself leaves no trace that tells a finished upgrade from one
 * that was killed after the last manifest was moved. One line, `<run> <version>`.
 */
export const kubeadmRecord = '/var/lib/k8s-upgrade-bot/kubeadm-finished';

const recordingScript = [
  'record=$1',
  'shift',
  'kubeadm "$@" || exit',
  `mkdir -p ${kubeadmRecord.slice(0, kubeadmRecord.lastIndexOf('/'))}`,
  `printf "%s\\n" "$record" > ${kubeadmRecord}.part && mv ${kubeadmRecord}.part ${kubeadmRecord}`,
];

/**
 * `kubeadm upgrade apply` or `node`, leaving the record when it succeeded. Patches and ignored checks must be given
 * every time: kubeadm does not remember them.
 * @param record what is left in kubeadmRecord, see recordLine
 */
export function upgradeCommand(
  mode: 'apply' | 'node',
  version: KubernetesVersion,
  options: KubeadmOptions,
  record: string,
): Argv {
  const ignored = options.ignorePreflightErrors;
  return script(
    recordingScript,
    record,
    'upgrade',
    ...(mode === 'apply' ? ['apply', version, '--yes'] : ['node']),
    ...(ignored.length > 0 ? [`--ignore-preflight-errors=${ignored.join(',')}`] : []),
    ...(options.patchesDirectory === undefined ? [] : [`--patches=${options.patchesDirectory}`]),
  );
}

/** What kubeadmRecord holds after a run took the node to a version. */
export function recordLine(run: string, version: KubernetesVersion): string {
  return `${run} ${version}`;
}

/** The line of the last upgrade that kubeadm finished on the node for the bot; empty when there was none. */
export async function readKubeadmRecord(host: Reader): Promise<string> {
  const outcome = await readExited(host, ['cat', kubeadmRecord], {
    purpose: 'reading what kubeadm finished last',
  });
  return outcome.code === 0 ? outcome.stdout.trim() : '';
}

const keepNewestScript = [
  'keep=$1',
  'shift',
  'cd /etc/kubernetes/tmp 2>/dev/null || exit 0',
  'for kind do',
  '  ls -1dt -- "$kind"* 2>/dev/null | grep "^$kind" | tail -n "+$((keep + 1))" | while read -r old; do',
  '    rm -rf -- "./${old:?}"',
  '  done',
  'done',
];

/**
 * Removes all but the newest copies of each kind that kubeadm leaves in /etc/kubernetes/tmp and never cleans up; the
 * copies of etcd's data fill disks (kubernetes/kubernetes#125357).
 */
export async function tidyKubeadmCopies(host: Reader, keep = 3): Promise<void> {
  await readText(
    host,
    script(
      keepNewestScript,
      String(keep),
      'kubeadm-backup-etcd-',
      'kubeadm-backup-manifests-',
      'kubeadm-kubelet-config',
      'kubeadm-upgraded-manifests',
    ),
    { purpose: "removing kubeadm's old copies", timeoutSeconds: 120 },
  );
}
