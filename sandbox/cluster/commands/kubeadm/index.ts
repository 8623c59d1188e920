import { PullFailure } from '../../model/images.ts';
import { imagesOf, minorOf, parseVersion, versionInfo } from '../../model/versions.ts';
import type { Invocation, Program } from '../../shell/program.ts';
import { type Arguments, last, readArguments } from '../arguments.ts';
import { checkExpiration } from './certs.ts';
import { diff } from './diff.ts';
import { plan } from './plan.ts';
import { KubeadmError, Task } from './task.ts';
import { apply, node } from './upgrade.ts';

const valued = [
  'o',
  'output',
  'ignore-preflight-errors',
  'patches',
  'config',
  'kubeconfig',
  'skip-phases',
  'kubernetes-version',
  'image-repository',
  'cri-socket',
  'feature-gates',
  'v',
  'api-server-manifest',
  'cert-dir',
];

const actions: Record<string, (task: Task) => Promise<void>> = {
  version: async (task) => version(task),
  'upgrade plan': plan,
  'upgrade apply': apply,
  'upgrade node': node,
  'upgrade diff': diff,
  'config images list': listImages,
  'config images pull': pullImages,
  'certs check-expiration': checkExpiration,
};

/** kubeadm of the version that the machine's package installed. */
export const kubeadm: Program = async (run) => {
  const args = readArguments(run.args, valued);
  const name = Object.keys(actions).find((words) =>
    words.split(' ').every((word, index) => args.rest[index] === word),
  );
  if (name === undefined) {
    run.err(
      `error: unknown command "${args.rest[0] ?? ''}" for "kubeadm"\nTo see the stack trace of this error execute with --v=5 or higher\n`,
    );
    return 1;
  }
  const words = name.split(' ').length;
  const task = new Task(run, { options: args.options, rest: args.rest.slice(words) } satisfies Arguments);
  const acts = name === 'upgrade apply' || name === 'upgrade node';
  try {
    await actions[name]?.(task);
    if (acts) run.model.journal.record(run.machine.name, 'kubeadm-end', `${name} ok`);
    return 0;
  } catch (error) {
    return failed(run, task, error, acts ? name : undefined);
  }
};

function failed(run: Invocation, task: Task, error: unknown, name: string | undefined): number {
  if (run.signal.aborted) {
    if (name !== undefined) run.model.journal.record(run.machine.name, 'kubeadm-end', `${name} killed`);
    throw error;
  }
  const text = wordsOf(error);
  if (text === undefined) throw error;
  if (name !== undefined) run.model.journal.record(run.machine.name, 'kubeadm-end', `${name} failed`);
  // The binary of 1.34 says "error: " first, older ones do not.
  run.err(
    `${task.minor >= 34 ? 'error: ' : ''}${text}\nTo see the stack trace of this error execute with --v=5 or higher\n`,
  );
  return 1;
}

function wordsOf(error: unknown): string | undefined {
  if (error instanceof KubeadmError) return error.message;
  const full = error instanceof Error && (error as { code?: string }).code === 'ENOSPC';
  if (!full) return undefined;
  const path = /'(.*)'/.exec(error.message)?.[1] ?? '';
  return `error execution phase control-plane: couldn't complete the static pod upgrade: write ${path}: no space left on device`;
}

function version(task: Task): void {
  const info = versionInfo(task.version);
  const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } =
    info;
  const client = {
    major,
    minor,
    gitVersion,
    gitCommit,
    gitTreeState,
    buildDate,
    goVersion,
    compiler,
    platform,
  };
  const output = last(task.args, 'output', 'o');
  if (output === 'short') task.say(task.version);
  else if (output === 'json') task.say(JSON.stringify({ clientVersion: client }, undefined, 2));
  else {
    const fields = Object.entries(client).map(
      ([key, value]) => `${key.charAt(0).toUpperCase()}${key.slice(1)}:"${value}"`,
    );
    task.say(`kubeadm version: &version.Info{${fields.join(', ')}}`);
  }
}

function wantedImages(task: Task): string[] {
  const given = task.flag('kubernetes-version') ?? task.version;
  const wanted = given.startsWith('v') ? given : `v${given}`;
  if (parseVersion(wanted) === undefined)
    throw new KubeadmError(
      `version "${given}" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`,
    );
  if (minorOf(wanted) > task.minor) {
    throw new KubeadmError(
      `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${task.minor - 1}.0. Current version: ${wanted}`,
    );
  }
  return imagesOf(wanted, task.flag('image-repository'));
}

async function listImages(task: Task): Promise<void> {
  const images = wantedImages(task);
  if (last(task.args, 'output', 'o') === 'json') {
    task.say(
      JSON.stringify({ kind: 'Images', apiVersion: 'output.kubeadm.k8s.io/v1alpha3', images }, undefined, 4),
    );
  } else for (const image of images) task.say(image);
}

async function pullImages(task: Task): Promise<void> {
  for (const image of wantedImages(task)) {
    try {
      await task.run.machine.images.pull(image, task.run.signal);
    } catch (error) {
      if (!(error instanceof PullFailure)) throw error;
      throw new KubeadmError(
        `failed to pull image "${image}": failed to pull image ${image}: ${error.message}`,
      );
    }
    task.say(`[config/images] Pulled ${image}`);
  }
}
