import { kubeletPaths } from './configuration.ts';
import { manifestDirectory } from './manifests.ts';
import { type Condition, type KubeNode, kubeTime, microTime } from './objects.ts';
import type { StaticPods } from './static-pods.ts';
import { minorOf } from './versions.ts';
import type { Host, World } from './world.ts';
import { parseYaml } from './yaml.ts';

export type KubeletState = 'running' | 'starting' | 'stopped' | 'crashing';

const startMilliseconds = 2_000;
/** RestartSec of kubelet.service in the packages of pkgs.k8s.io. */
const restartMilliseconds = 10_000;
const leaseMilliseconds = 10_000;
/** However fast the clock runs, a Lease is not written more often than this, in real milliseconds. */
const leaseFloor = 250;

/** Flags a kubelet no longer knows, by the minor that dropped them. */
const droppedFlags: Record<string, number> = {
  '--pod-infra-container-image': 35,
  '--cloud-config': 34,
  '--register-schedulable': 34,
  '--container-runtime': 27,
};
const flagFiles = [kubeletPaths.flags, '/etc/default/kubelet'];

/** Feature gates that an older kubelet does not know and dies of, by the minor that brought them. */
const gatesSince: Record<string, number> = {
  KubeletEnsureSecretPulledImages: 33,
  PodObservedGenerationTracking: 33,
  DRAConsumableCapacity: 34,
  EnvFiles: 34,
  PodCertificateRequest: 34,
};

/** Feature gates that a newer kubelet does not know any more and dies of, by the minor that took them away. */
const gatesUntil: Record<string, number> = { ElasticIndexedJob: 34, PodIndexLabel: 35, MemoryManager: 36 };

/** The kubelet of one machine as a process: what binary runs, whether it stays up, what it tells the API. */
export class Kubelet {
  state: KubeletState = 'stopped';
  /** Version of the process, which may be older than the installed binary until it is restarted. */
  version: string;
  startedAt = new Date(Date.now() - 1_780_000);
  restarts = 0;
  lastError: string | undefined;
  readonly #world: World;
  readonly #host: Host;
  readonly #staticPods: StaticPods;
  #life = new AbortController();
  #wake: (() => void) | undefined;

  constructor(world: World, host: Host, staticPods: StaticPods) {
    this.#world = world;
    this.#host = host;
    this.#staticPods = staticPods;
    this.version = host.packages.binary('kubelet');
    host.files.onChange((path) => {
      if (this.state === 'running' && path.startsWith(`${manifestDirectory}/`)) this.#fileChanged();
    });
  }

  /** Runs from the beginning, without the starting up: how a cluster starts. */
  adopt(): void {
    this.state = 'running';
    this.#log('I', 'server.go:532', `"Kubelet version" kubeletVersion="${this.version}"`);
    this.#log('I', 'kubelet.go:2405', '"SyncLoop ADD" source="file"');
    void this.#live(this.#life.signal);
  }

  isRunning(): boolean {
    return this.state === 'running';
  }

  start(): void {
    if (this.state !== 'stopped') return;
    this.restarts = 0;
    this.#begin();
  }

  stop(): void {
    this.#life.abort(new Error('kubelet stopped'));
    this.#life = new AbortController();
    if (this.state === 'stopped') return;
    this.state = 'stopped';
    this.#world.journal.record(this.#host.name, 'kubelet-stop', this.version);
    this.#log('I', 'server.go', 'Stopped');
  }

  restart(): void {
    this.stop();
    this.start();
  }

  /** Reports the node's status at once instead of with the next heartbeat. */
  report(): void {
    this.#wake?.();
  }

  /** Whether 127.0.0.1:10248/healthz says ok. */
  healthy(): boolean {
    return this.state === 'running';
  }

  #begin(): void {
    const { signal } = this.#life;
    this.state = 'starting';
    this.version = this.#host.packages.binary('kubelet');
    this.startedAt = new Date();
    this.#world.journal.record(this.#host.name, 'kubelet-start', this.version);
    this.#boot(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async #boot(signal: AbortSignal): Promise<void> {
    const { clock } = this.#world;
    await clock.sleep(startMilliseconds, signal);
    const problem = await this.#problem();
    if (problem !== undefined) {
      this.state = 'crashing';
      this.lastError = problem;
      this.#log('E', 'run.go:72', `"command failed" err="${problem}"`);
      await clock.sleep(restartMilliseconds, signal);
      this.restarts += 1;
      this.#begin();
      return;
    }
    this.lastError = undefined;
    this.state = 'running';
    this.#log('I', 'server.go', `"Kubelet version" kubeletVersion="${this.version}"`);
    await this.#staticPods.sync();
    await this.#live(signal);
  }

  /** Why this binary would exit at once with the files it finds; undefined when it stays up. */
  async #problem(): Promise<string | undefined> {
    const { files } = this.#host;
    const config = await files.textOf(kubeletPaths.config);
    if (config === undefined) {
      return `failed to load kubelet config file, path: ${kubeletPaths.config}, error: failed to load Kubelet config file ${kubeletPaths.config}, error failed to read kubelet config file \\"${kubeletPaths.config}\\", error: open ${kubeletPaths.config}: no such file or directory`;
    }
    if (!(await files.exists(kubeletPaths.kubeconfig))) {
      return 'failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory';
    }
    const minor = minorOf(this.version);
    const flags = (await Promise.all(flagFiles.map((path) => files.textOf(path)))).join('\n');
    for (const [flag, dropped] of Object.entries(droppedFlags)) {
      if (minor >= dropped && flags.includes(`${flag}=`))
        return `failed to parse kubelet flag: unknown flag: ${flag}`;
    }
    let settings: { featureGates?: Record<string, unknown>; failSwapOn?: boolean };
    try {
      settings = (parseYaml(config) as typeof settings | null) ?? {};
    } catch {
      return `failed to load kubelet config file, path: ${kubeletPaths.config}, error: couldn't decode as KubeletConfiguration`;
    }
    const unknown = Object.keys(settings.featureGates ?? {}).find(
      (gate) => (gatesSince[gate] ?? 0) > minor || (gatesUntil[gate] ?? 99) <= minor,
    );
    if (unknown !== undefined) {
      return `failed to set feature gates from initial flags-based config: unrecognized feature gate: ${unknown}`;
    }
    const swaps = ((await files.textOf('/proc/swaps')) ?? '').trim().split('\n').slice(1);
    return swaps.length === 0 || settings.failSwapOn === false
      ? undefined
      : `failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false. /proc/swaps contained: ${JSON.stringify(swaps)}`;
  }

  async #live(signal: AbortSignal): Promise<void> {
    const { clock } = this.#world;
    try {
      for (;;) {
        if (this.#world.apiAvailable()) {
          this.#renewLease();
          this.#postStatus();
        }
        await this.#pause(Math.max(leaseMilliseconds, leaseFloor * clock.scale), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await Promise.race([
      this.#world.clock.sleep(ms, signal),
      new Promise<void>((resolve) => {
        this.#wake = resolve;
      }),
    ]);
  }

  #renewLease(): void {
    const { store, clock } = this.#world;
    store.modify('Lease', 'kube-node-lease', this.#host.name, (lease) => ({
      ...lease,
      spec: { ...(lease.spec as object), renewTime: microTime(clock.now()) },
    }));
  }

  #postStatus(): void {
    const { store, clock } = this.#world;
    const images = this.#host.images.list().map(({ name, sizeBytes }) => ({ names: [name], sizeBytes }));
    const ready = this.#readiness();
    const node = store.get<KubeNode>('Node', '', this.#host.name);
    if (node === undefined) return;
    const at = kubeTime(clock.now());
    const conditions = nodeConditions(node, ready, this.#host.files.full, at);
    const same =
      node.status.nodeInfo.kubeletVersion === this.version &&
      node.status.images.length === images.length &&
      conditions.every(({ type, status, message }) =>
        node.status.conditions.some(
          (old) => old.type === type && old.status === status && old.message === message,
        ),
      );
    if (same) return;
    store.modify<KubeNode>('Node', '', this.#host.name, (current) => ({
      ...current,
      spec: readyTaints(current),
      status: {
        ...current.status,
        conditions,
        images,
        nodeInfo: { ...current.status.nodeInfo, kubeletVersion: this.version },
      },
    }));
  }

  #readiness(): { ready: boolean; message: string } {
    if (this.#world.faults.on('kubelet-not-ready', this.#host.name) === undefined) {
      return { ready: true, message: 'kubelet is posting ready status' };
    }
    return {
      ready: false,
      message:
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    };
  }

  #fileChanged(): void {
    // The kubelet's file source looks a moment after the event; a `mv` of several files arrives as one round.
    this.#world.clock.after(300, () => {
      if (this.state === 'running') void this.#staticPods.sync();
    });
  }

  #log(level: string, where: string, text: string): void {
    this.#host.logs.write(
      'kubelet',
      `${level}${new Date().toISOString().slice(5, 23).replace('-', '').replace('T', ' ')} ${where}] ${text}`,
    );
  }
}

function readyTaints(node: KubeNode): KubeNode['spec'] {
  const taints = node.spec.taints?.filter((taint) => !taint.key.startsWith('node.kubernetes.io/unreachable'));
  if (taints?.length === node.spec.taints?.length) return node.spec;
  const { taints: _, ...rest } = node.spec;
  return taints === undefined || taints.length === 0 ? rest : { ...rest, taints };
}

/** The four conditions a kubelet posts. */
export function nodeConditions(
  node: KubeNode | undefined,
  readiness: { ready: boolean; message: string },
  diskFull: boolean,
  at: string,
): Condition[] {
  const state: [string, boolean, string, string][] = [
    ['MemoryPressure', false, 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    diskFull
      ? ['DiskPressure', true, 'KubeletHasDiskPressure', 'kubelet has disk pressure']
      : ['DiskPressure', false, 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', false, 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ['Ready', readiness.ready, readiness.ready ? 'KubeletReady' : 'KubeletNotReady', readiness.message],
  ];
  return state.map(([type, holds, reason, message]) => {
    const status = holds ? ('True' as const) : ('False' as const);
    const before = node?.status.conditions.find(
      (condition) => condition.type === type && condition.status === status,
    );
    return {
      lastHeartbeatTime: at,
      lastTransitionTime: before?.lastTransitionTime ?? at,
      message,
      reason,
      status,
      type,
    };
  });
}
