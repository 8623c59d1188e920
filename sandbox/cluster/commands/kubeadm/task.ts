import { parse } from 'yaml';

import { criSocketAnnotation, kubeletPaths } from '../../model/configuration.ts';
import type { KubeObject } from '../../model/objects.ts';
import { minorOf } from '../../model/versions.ts';
import type { Invocation } from '../../shell/program.ts';
import { type Arguments, last } from '../arguments.ts';

/** What ends a kubeadm run with exit status 1 and its words on stderr. */
export class KubeadmError extends Error {}

/** One run of kubeadm: how it speaks, what it reads, where it was told to fail. */
export class Task {
  readonly run: Invocation;
  readonly args: Arguments;
  /** Version of this kubeadm: v1.34.9. */
  readonly version: string;
  readonly minor: number;
  readonly #pid: number;

  constructor(run: Invocation, args: Arguments) {
    this.run = run;
    this.args = args;
    this.version = run.machine.packages.binary('kubeadm');
    this.minor = minorOf(this.version);
    this.#pid = 1_000 + run.model.random.integer(8_000);
  }

  get node(): string {
    return this.run.machine.name;
  }

  get files() {
    return this.run.machine.files;
  }

  get store() {
    return this.run.model.store;
  }

  say(line: string): void {
    this.run.out(`${line}\n`);
  }

  /** A klog warning: `W1123 04:16:15.796415    3299 file.go:1] text`. */
  warn(where: string, text: string): void {
    const [date = '', time = ''] = new Date().toISOString().split('T');
    const stamp = `${date.slice(5).replace('-', '')} ${time.slice(0, 12)}${String(this.run.model.random.integer(1_000)).padStart(3, '0')}`;
    this.run.err(`W${stamp} ${String(this.#pid).padStart(7)} ${where}] ${text}\n`);
  }

  pause(ms: number): Promise<void> {
    return this.run.model.clock.sleep(ms, this.run.signal);
  }

  /** Waits out `ms` for something to be true; false when it did not come. */
  until(condition: () => boolean, ms: number): Promise<boolean> {
    return this.run.model.clock.until(condition, ms, 500, this.run.signal);
  }

  flag(name: string): string | undefined {
    return last(this.args, name);
  }

  /** Throws when the fault kubeadm-fails-at names this phase. */
  failIfAsked(phase: string): void {
    if (this.asksToFail(phase)) {
      throw new KubeadmError(
        `error execution phase ${phase}: Put "https://k8s-api:6443/api/v1/namespaces/kube-system/configmaps/kubeadm-config?timeout=10s": etcdserver: request timed out`,
      );
    }
  }

  asksToFail(phase: string): boolean {
    return this.run.model.faults.on('kubeadm-fails-at', this.node)?.phase === phase;
  }

  skips(phase: string): boolean {
    const skipped = (this.args.options.get('skip-phases') ?? []).flatMap((value) => value.split(','));
    return skipped.includes(phase) || skipped.includes(phase.replace(/\/.*$/, ''));
  }

  ignores(check: string): boolean {
    const ignored = (this.args.options.get('ignore-preflight-errors') ?? []).flatMap((value) =>
      value.toLowerCase().split(','),
    );
    return ignored.includes('all') || ignored.includes(check.toLowerCase());
  }

  /** Reads kubeadm-config, saying so; throws when the API or the node's registration does not let it. */
  async readConfiguration(prefix: string): Promise<ClusterConfiguration> {
    const hint = this.minor >= 34 ? 'upload-config kubeadm' : 'upload-config';
    this.say(
      `[${prefix}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...`,
    );
    this.say(`[${prefix}] Use 'kubeadm init phase ${hint} --config your-config-file' to re-upload it.`);
    if (!(await this.until(() => this.run.model.apiAvailable(), 10_000))) {
      throw new KubeadmError(
        'error execution phase preflight: failed to get config map: Get "https://k8s-api:6443/api/v1/namespaces/kube-system/configmaps/kubeadm-config?timeout=10s": context deadline exceeded',
      );
    }
    const map = this.store.get('ConfigMap', 'kube-system', 'kubeadm-config');
    if (map?.data?.ClusterConfiguration === undefined) {
      throw new KubeadmError(
        'error execution phase preflight: failed to get config map: configmaps "kubeadm-config" not found',
      );
    }
    await this.#criSocket();
    return parse(map.data.ClusterConfiguration) as ClusterConfiguration;
  }

  // Since 1.34 the socket is in instance-config.yaml and the annotation only a fallback (NodeLocalCRISocket).
  async #criSocket(): Promise<void> {
    if (this.minor >= 34 && (await this.files.exists(kubeletPaths.instance))) return;
    const node = this.store.get('Node', '', this.node);
    if (node?.metadata.annotations?.[criSocketAnnotation] === undefined) {
      throw new KubeadmError(
        `error execution phase preflight: failed to get node registration: node ${this.node} doesn't have ${criSocketAnnotation} annotation`,
      );
    }
  }
}

export interface ClusterConfiguration {
  kubernetesVersion: string;
  imageRepository: string;
  etcd?: { local?: { imageTag?: string } };
  [key: string]: unknown;
}

/** The pods of one control plane component on all nodes. */
export function componentPods(task: Task, component: string): KubeObject[] {
  return task.store.list('Pod', 'kube-system').filter((pod) => pod.metadata.labels?.component === component);
}
