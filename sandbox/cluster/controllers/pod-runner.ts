import type { ClusterModel } from '../model/cluster.ts';
import { imageId } from '../model/images.ts';
import { podConditions } from '../model/mirror-pods.ts';
import { isMirror, isTerminating, kubeTime, type Pod } from '../model/objects.ts';
import { isStuck } from '../model/pods.ts';

/** From bound to Ready, image there, in simulated milliseconds. */
const startMilliseconds = 3_000;
/** How long a container takes to stop after SIGTERM unless its grace period is shorter. */
const stopMilliseconds = 2_000;
/** A pod may say how many seconds it takes to end; more than its grace period is cut there. */
export const terminationAnnotation = 'sandbox/termination-seconds';

/** What the kubelets do with pods: start those bound to their node, end those that are deleted. */
export class PodRunner {
  readonly #model: ClusterModel;
  readonly #starting = new Set<string>();
  readonly #stopping = new Set<string>();
  readonly #addresses = new Map<string, number>();
  /** True while a cluster is built: pods start at once. */
  instant = false;

  constructor(model: ClusterModel) {
    this.#model = model;
  }

  /** Looks at one pod; called for every change of a pod. */
  see(pod: Pod): void {
    const node = pod.spec.nodeName;
    if (node === undefined || isMirror(pod)) return;
    const uid = pod.metadata.uid ?? '';
    if (isTerminating(pod)) {
      if (!this.#stopping.has(uid)) this.#stop(pod, uid, node);
    } else if (pod.status.phase === 'Pending' && !this.#starting.has(uid)) {
      if (this.instant) this.#run(pod);
      else this.#start(pod, uid, node);
    }
  }

  #start(pod: Pod, uid: string, node: string): void {
    this.#starting.add(uid);
    const { clock } = this.#model;
    const begin = async () => {
      while (!this.#model.kubeletAlive(node)) await clock.sleep(1_000);
      await this.#pull(pod, node);
      await clock.sleep(startMilliseconds);
      while (!this.#model.kubeletAlive(node) || !this.#model.apiAvailable()) await clock.sleep(1_000);
      this.#starting.delete(uid);
      const now = this.#model.store.get<Pod>('Pod', pod.metadata.namespace ?? '', pod.metadata.name);
      if (now !== undefined && now.metadata.uid === uid && !isTerminating(now)) this.#run(now);
    };
    void begin();
  }

  async #pull(pod: Pod, node: string): Promise<void> {
    const machine = this.#model.machines.get(node);
    if (machine === undefined) return;
    for (const { image } of pod.spec.containers) {
      for (;;) {
        try {
          await machine.images.pull(image);
          break;
        } catch {
          await this.#model.clock.sleep(10_000);
        }
      }
    }
  }

  #run(pod: Pod): void {
    const { store, machines, random } = this.#model;
    const node = pod.spec.nodeName ?? '';
    const host = machines.get(node)?.address ?? '10.77.255.1';
    const at = new Date();
    const ip = pod.spec.hostNetwork === true ? host : this.#address(node);
    store.modify<Pod>('Pod', pod.metadata.namespace ?? '', pod.metadata.name, (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: podConditions(true, at) ?? [],
        containerStatuses: current.spec.containers.map(({ name, image }) => ({
          containerID: `containerd://${random.hex(64)}`,
          image,
          imageID: imageId(image),
          lastState: {},
          name,
          ready: true,
          restartCount: 0,
          started: true,
          state: { running: { startedAt: kubeTime(at) } },
        })),
        hostIP: host,
        hostIPs: [{ ip: host }],
        phase: 'Running',
        podIP: ip,
        podIPs: [{ ip }],
        qosClass: 'BestEffort',
        startTime: kubeTime(at),
      },
    }));
  }

  #stop(pod: Pod, uid: string, node: string): void {
    this.#stopping.add(uid);
    const { clock, store, faults } = this.#model;
    const { namespace = '', name } = pod.metadata;
    const end = async () => {
      const asked = pod.metadata.annotations?.[terminationAnnotation];
      const takes = asked === undefined ? stopMilliseconds : Number(asked) * 1_000;
      await clock.sleep(Math.min(takes, (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1_000));
      for (;;) {
        const now = store.get<Pod>('Pod', namespace, name);
        if (now === undefined || now.metadata.uid !== uid) break;
        const held = (now.metadata.finalizers?.length ?? 0) > 0 || isStuck(faults, now);
        if (!held && this.#model.kubeletAlive(node) && this.#model.apiAvailable()) {
          store.remove('Pod', namespace, name);
          break;
        }
        if (
          now.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True' &&
          this.#model.kubeletAlive(node)
        ) {
          this.#unready(now);
        }
        await clock.sleep(1_000);
      }
      this.#stopping.delete(uid);
    };
    void end();
  }

  // Its containers are gone although the object stays: it no longer counts as ready.
  #unready(pod: Pod): void {
    this.#model.store.modify<Pod>('Pod', pod.metadata.namespace ?? '', pod.metadata.name, (current) => ({
      ...current,
      status: { ...current.status, conditions: podConditions(false, new Date(), current) ?? [] },
    }));
  }

  #address(node: string): string {
    const next = (this.#addresses.get(node) ?? 1) + 1;
    this.#addresses.set(node, next);
    let index = [...this.#model.machines.keys()].indexOf(node);
    if (index < 0) index = 200;
    return `10.244.${index}.${2 + (next % 250)}`;
  }
}
