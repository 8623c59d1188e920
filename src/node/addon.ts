import type { RunId, StepKey } from '../domain/names.ts';
import { type Argv, rootPath } from '../ports/remote-host.ts';
import { type Reader, readExited, readText, script } from './command.ts';
import { outboxOf } from './files.ts';

/** kubeadm's own administrator, on every control plane. */
const kubeconfig = '/etc/kubernetes/admin.conf';

/** What an add-on leaves on its control plane until the run's leftovers are removed. */
export function addonFile(run: RunId, key: StepKey, kind: 'done' | 'yaml'): string {
  return `${outboxOf(run)}/${key.replaceAll('/', ':')}.${kind}`;
}

const recordingScript = [
  'mark=$1',
  'shift',
  'mkdir -p "${mark%/*}" && chmod 700 "${mark%/*}" || exit',
  'env "$@" || exit',
  ': >"$mark.part" && mv "$mark.part" "$mark"',
];

/** An add-on's command, leaving a mark when it succeeded; kubectl and its like find the cluster by themselves. */
export function addonCommand(mark: string, command: readonly string[]): Argv {
  return script(recordingScript, mark, `KUBECONFIG=${kubeconfig}`, ...command);
}

/** `kubectl apply` of a file on the control plane, leaving a mark when it succeeded. */
export function applyManifestCommand(mark: string, path: string, serverSide: boolean): Argv {
  const how = serverSide ? ['--server-side', '--force-conflicts'] : [];
  return addonCommand(mark, ['kubectl', 'apply', ...how, '-f', path]);
}

/** Makes the directory that a manifest is written into. */
export async function prepareOutbox(host: Reader, run: RunId): Promise<void> {
  const argv = script(['mkdir -p "$1" && chmod 700 "$1"'], outboxOf(run));
  await readText(host, argv, { purpose: 'making a directory' });
}

/** Whether an add-on's command has succeeded in this run. */
export async function addonIsMarked(host: Reader, mark: string): Promise<boolean> {
  const outcome = await readExited(host, ['test', '-e', mark], { purpose: "looking for an add-on's mark" });
  return outcome.code === 0;
}

/** Asks an add-on's own verification once. Undefined when it exited with 0, else its last words or what became of it. */
export async function addonProblem(
  host: Reader,
  verify: readonly string[],
  timeoutSeconds: number,
): Promise<string | undefined> {
  const outcome = await host.read(['env', `PATH=${rootPath}`, `KUBECONFIG=${kubeconfig}`, ...verify], {
    timeoutSeconds,
  });
  if (outcome.status === 'timed-out') return `the verification gave no answer in ${timeoutSeconds} s`;
  if (outcome.code === 0) return undefined;
  const words = `${outcome.stdout}\n${outcome.stderr}`.split('\n').findLast((line) => line.trim() !== '');
  return words?.trim() ?? `the verification exits with status ${outcome.code}`;
}
