import type { RunId } from '../domain/names.ts';
import type { Argv } from '../ports/remote-host.ts';
import { type Reader, readText, script } from './command.ts';

/** Where files of a run wait on a node to be fetched; named so that it goes with the rest of the run's leftovers. */
export function outboxOf(run: RunId): string {
  return `/var/lib/k8s-upgrade-bot/${run}.outbox`;
}

/**
 * What a node is made of besides its packages: everything that kubeadm writes, the kubelet's settings and the
 * repositories. Relative to the root; what is not there is left out.
 */
const nodeFiles = [
  'etc/kubernetes',
  'var/lib/kubelet/config.yaml',
  'var/lib/kubelet/kubeadm-flags.env',
  'var/lib/kubelet/instance-config.yaml',
  'etc/default/kubelet',
  'etc/sysconfig/kubelet',
  'etc/systemd/system/kubelet.service.d',
  'etc/crictl.yaml',
] as const;

/** kubeadm's own copies are left out: they hold whole etcd databases. */
const archiveScript = [
  'archive=$1',
  'shift',
  'for path do',
  '  shift',
  '  if [ -e "/$path" ]; then set -- "$@" "$path"; fi',
  'done',
  'mkdir -p "${archive%/*}" && chmod 700 "${archive%/*}" || exit',
  'tar -C / -czf "$archive.part" --exclude=etc/kubernetes/tmp "$@" || exit',
  'chmod 600 "$archive.part" && mv "$archive.part" "$archive"',
];

/**
 * Packs a node's files into an archive on the node.
 * @param sources absolute paths of its Kubernetes repository files
 */
export function archiveCommand(archive: string, sources: readonly string[]): Argv {
  return script(archiveScript, archive, ...nodeFiles, ...sources.map((path) => path.replace(/^\/+/, '')));
}

/** Removes a file that was fetched; one that is not there is none the worse. */
export async function removeFile(host: Reader, path: string): Promise<void> {
  await readText(host, ['rm', '-f', '--', path], { purpose: 'removing a file that was fetched' });
}
