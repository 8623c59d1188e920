import { createHash } from 'node:crypto';

import { type RestoredFrom, restoredMarker, takeUpRestored } from './etcd-snapshots.ts';
import { type Component, components, manifestDirectory } from './manifests.ts';
import { mirrorPod } from './mirror-pods.ts';
import type { KubeObject, PodSpec } from './objects.ts';
import { etcdRelease } from './versions.ts';
import type { Host, World } from './world.ts';
import { parseYaml } from './yaml.ts';

export interface StaticPod {
  component: string;
  /** MD5 of the manifest: the kubelet's config.hash. */
  hash: string;
  image: string;
  command: string[];
  spec: PodSpec;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  containerId: string;
  running: boolean;
  /** Its mirror pod has been written; from then on the kubelet sees to it that it stays. */
  mirrored: boolean;
  attempt: number;
  startedAt: Date;
  /** Last words of a container that does not stay up. */
  failure: string | undefined;
}

interface Pace {
  stop: number;
  start: number;
  mirror: number;
}

/**
 * Simulated milliseconds from a changed manifest to the old container gone, the new one serving and the mirror pod
 * showing the new hash: as recorded for 1.33 to 1.34, where the mirror of etcd and kube-apiserver lags while the API hangs.
 */
const paces: Record<Component, Pace> = {
  etcd: { stop: 5_000, start: 29_000, mirror: 26_000 },
  'kube-apiserver': { stop: 4_000, start: 28_000, mirror: 12_000 },
  'kube-controller-manager': { stop: 3_000, start: 9_000, mirror: 7_000 },
  'kube-scheduler': { stop: 3_000, start: 9_000, mirror: 7_000 },
};
const otherPace: Pace = { stop: 3_000, start: 9_000, mirror: 7_000 };

/** Removing a manifest: the pod's grace period and the kubelet's own rounds, at most this long. */
const removalMilliseconds = 25_000;

/** The static pods of one control plane, driven by nothing but the files in the manifest directory. */
export class StaticPods {
  readonly pods = new Map<string, StaticPod>();
  readonly #world: World;
  readonly #host: Host;
  readonly #work = new Map<string, AbortController>();
  readonly #wanted = new Map<string, string>();
  #rounds = Promise.resolve();

  constructor(world: World, host: Host) {
    this.#world = world;
    this.#host = host;
  }

  isRunning(component: Component): boolean {
    return this.pods.get(component)?.running === true;
  }

  /** The image tag that runs, `v1.34.9` or `3.6.5-0`. */
  tag(component: Component): string | undefined {
    return this.pods.get(component)?.image.split(':').at(-1);
  }

  /** Takes the manifests as they are for pods that have always run: how a cluster starts. */
  async adopt(): Promise<void> {
    for (const [component, text] of await this.#manifests()) {
      const pod = this.#read(component, text);
      if (pod === undefined) continue;
      this.#wanted.set(component, pod.hash);
      this.pods.set(component, { ...pod, running: true, mirrored: true });
      this.#world.store.create(mirrorPod(this.#host, { ...pod, running: true }, this.#world));
    }
  }

  /** One round of the kubelet's file source: starts, replaces and stops pods as the directory asks. */
  sync(): Promise<void> {
    // One after the other: a round that read the directory earlier must not act later.
    this.#rounds = this.#rounds.then(() => this.#round());
    return this.#rounds;
  }

  async #round(): Promise<void> {
    const manifests = await this.#manifests();
    for (const [component, text] of manifests) {
      const pod = this.#read(component, text);
      if (pod === undefined) continue;
      if (this.#wanted.get(component) === pod.hash) {
        this.#keepMirror(component);
        continue;
      }
      this.#wanted.set(component, pod.hash);
      this.#run(component, (signal) => this.#replace(component, pod, signal));
    }
    for (const component of this.#wanted.keys()) {
      if (manifests.has(component)) continue;
      this.#wanted.delete(component);
      this.#run(component, (signal) => this.#removal(component, signal));
    }
  }

  /** Everything stops at once, as when the machine loses power. */
  halt(): void {
    for (const controller of this.#work.values()) controller.abort(new Error('halted'));
    for (const pod of this.pods.values()) pod.running = false;
    this.#wanted.clear();
    this.#world.etcd.stop(this.#host.name);
    this.#world.controlPlaneChanged();
  }

  /** Stops one container as if it had been killed; the kubelet starts it again. */
  restart(component: string): void {
    if (!this.#wanted.has(component)) return;
    this.#wanted.delete(component);
    void this.sync();
  }

  async #manifests(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const { files } = this.#host;
    if (!(await files.exists(manifestDirectory))) return found;
    for (const name of await files.readdir(manifestDirectory)) {
      // The kubelet takes every file that does not begin with a dot: a stray backup becomes a second pod.
      if (name.startsWith('.')) continue;
      const text = await files.readFile(`${manifestDirectory}/${name}`);
      const component = nameIn(text);
      if (component !== undefined) found.set(component, text);
    }
    return found;
  }

  #read(component: string, text: string): StaticPod | undefined {
    const pod = parseYaml(text) as KubeObject & { spec: PodSpec };
    const [container] = pod.spec.containers;
    if (container === undefined) return undefined;
    return {
      component,
      hash: createHash('md5').update(text).digest('hex'),
      image: container.image,
      command: container.command ?? [],
      spec: pod.spec,
      labels: pod.metadata.labels ?? {},
      annotations: pod.metadata.annotations ?? {},
      containerId: this.#world.random.hex(64),
      running: false,
      mirrored: false,
      attempt: 0,
      startedAt: new Date(),
      failure: undefined,
    };
  }

  #run(component: string, work: (signal: AbortSignal) => Promise<void>): void {
    this.#work.get(component)?.abort(new Error('superseded'));
    const controller = new AbortController();
    this.#work.set(component, controller);
    work(controller.signal).catch((error: unknown) => {
      if (!controller.signal.aborted) throw error;
    });
  }

  async #replace(component: string, pod: StaticPod, signal: AbortSignal): Promise<void> {
    const { clock, journal } = this.#world;
    const pace = components.includes(component as Component) ? paces[component as Component] : otherPace;
    if (this.pods.has(component)) await clock.sleep(pace.stop, signal);
    this.#stopped(component);
    this.pods.set(component, pod);
    for (;;) {
      const failure = await this.#bringUp(component, pod, pace, signal);
      pod.failure = failure;
      if (failure === undefined) break;
      pod.attempt += 1;
      this.#host.logs.write(
        'kubelet',
        `E${stamp()} pod_workers.go:1324] "Error syncing pod, skipping" err="${failure}" pod="kube-system/${component}-${this.#host.name}"`,
      );
      await clock.sleep(Math.min(10_000 * 2 ** pod.attempt, 300_000), signal);
    }
    pod.running = true;
    pod.startedAt = new Date();
    journal.record(this.#host.name, 'static-pod-restart', `${component} ${pod.image.split(':').at(-1)}`);
    if (component === 'etcd') await this.#startMember(etcdRelease(pod.image.split(':').at(-1) ?? ''));
    this.#world.controlPlaneChanged();
    await clock.sleep(pace.mirror, signal);
    await this.#mirror(pod, signal);
  }

  async #startMember(release: string): Promise<void> {
    const { etcd } = this.#world;
    const marker = await this.#host.files.textOf(`/var/lib/etcd${restoredMarker}`);
    etcd.start(this.#host.name, release);
    if (marker === undefined) return;
    await this.#host.files.rm(`/var/lib/etcd${restoredMarker}`);
    takeUpRestored(this.#world, this.#host.name, JSON.parse(marker) as RestoredFrom);
  }

  /** Returns why the container did not stay up, undefined when it did. */
  async #bringUp(
    component: string,
    pod: StaticPod,
    pace: Pace,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { clock, faults, etcd } = this.#world;
    if (!this.#host.images.has(pod.image)) {
      try {
        await this.#host.images.pull(pod.image, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        return `failed to "StartContainer" for "${component}" with ImagePullBackOff: "Back-off pulling image \\"${pod.image}\\""`;
      }
    }
    await clock.sleep(pace.start, signal);
    if (component !== 'etcd') return undefined;
    const release = etcdRelease(pod.image.split(':').at(-1) ?? '');
    const { files, name } = this.#host;
    const crash = `failed to "StartContainer" for "etcd" with CrashLoopBackOff: `;
    // The fault is about the new release: the old manifest put back must come up again.
    if (faults.on('etcd-does-not-come-up', this.#host.name) && release.startsWith('3.6.'))
      return `${crash}"exit status 1"`;
    if (!(await files.exists('/var/lib/etcd/member'))) {
      return `${crash}"member ${name} has already been bootstrapped"`;
    }
    const restored = await files.textOf(`/var/lib/etcd${restoredMarker}`);
    const refusal = restored === undefined ? etcd.refusal(release) : undefined;
    if (refusal !== undefined) return `${crash}"${refusal}"`;
    const unknown = pod.command.find((flag) => unknownEtcdFlag(flag, release));
    return unknown === undefined
      ? undefined
      : `${crash}"flag provided but not defined: ${unknown.replace(/=.*/, '')}"`;
  }

  async #removal(component: string, signal: AbortSignal): Promise<void> {
    const { clock, random, store } = this.#world;
    await clock.sleep(removalMilliseconds * (0.6 + 0.4 * random.next()), signal);
    this.#stopped(component);
    this.pods.delete(component);
    await this.#untilApi(signal);
    store.remove('Pod', 'kube-system', `${component}-${this.#host.name}`);
  }

  #stopped(component: string): void {
    const pod = this.pods.get(component);
    if (pod !== undefined) pod.running = false;
    if (component === 'etcd') this.#world.etcd.stop(this.#host.name);
    this.#world.controlPlaneChanged();
  }

  async #mirror(pod: StaticPod, signal: AbortSignal): Promise<void> {
    await this.#untilApi(signal);
    const { store } = this.#world;
    const mirror = mirrorPod(this.#host, pod, this.#world);
    store.remove('Pod', 'kube-system', mirror.metadata.name);
    store.create(mirror);
    pod.mirrored = true;
  }

  // An API that was restored from a snapshot shows pods of long ago.
  #keepMirror(component: string): void {
    const pod = this.pods.get(component);
    if (pod === undefined || !pod.mirrored) return;
    const mirror = this.#world.store.get('Pod', 'kube-system', `${component}-${this.#host.name}`);
    if (mirror?.metadata.annotations?.['kubernetes.io/config.hash'] === pod.hash) return;
    this.#run(component, (signal) => this.#mirror(pod, signal));
  }

  async #untilApi(signal: AbortSignal): Promise<void> {
    while (!this.#world.apiAvailable()) await this.#world.clock.sleep(1_000, signal);
  }
}

function nameIn(text: string): string | undefined {
  try {
    const pod = parseYaml(text) as Partial<KubeObject> | null;
    return pod?.kind === 'Pod' ? pod.metadata?.name : undefined;
  } catch {
    return undefined;
  }
}

function unknownEtcdFlag(flag: string, release: string): boolean {
  return release.startsWith('3.5.') && /^--(feature-gates|watch-progress-notify-interval)\b/.test(flag);
}

function stamp(): string {
  const [date = '', time = ''] = new Date().toISOString().split('T');
  return `${date.slice(5).replace('-', '')} ${time.slice(0, 12)}`;
}
