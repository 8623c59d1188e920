import type { ClusterModel } from '../model/cluster.ts';
import { controllerOf, type KubeObject, type Pod } from '../model/objects.ts';
import { deletePod } from '../model/pods.ts';
import type { Change } from '../model/store.ts';
import { reconcileDaemonSet } from './daemonset.ts';
import { reconcileDeployment } from './deployment.ts';
import { reconcileBudget } from './disruption.ts';
import { LeaderElection } from './leader-election.ts';
import { NodeLifecycle } from './node-lifecycle.ts';
import { PodRunner } from './pod-runner.ts';
import { WorkQueue } from './queue.ts';
import { reconcileReplicaSet } from './replicaset.ts';
import { schedule } from './scheduler.ts';
import { reconcileStatefulSet } from './statefulset.ts';

const workloads = {
  Deployment: reconcileDeployment,
  ReplicaSet: reconcileReplicaSet,
  StatefulSet: reconcileStatefulSet,
  DaemonSet: reconcileDaemonSet,
} as const;
type WorkloadKind = keyof typeof workloads;

const isWorkload = (kind: string): kind is WorkloadKind => kind in workloads;
const keyOf = (object: KubeObject) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** kube-controller-manager, kube-scheduler and the pod side of the kubelets: everything that reacts to objects. */
export class Controllers {
  readonly #model: ClusterModel;
  readonly #manager: WorkQueue;
  readonly #scheduler: WorkQueue;
  readonly #runner: PodRunner;
  readonly #lifecycle: NodeLifecycle;
  readonly #election: LeaderElection;
  readonly #enqueue = new Map<string, (key: string) => void>();
  readonly #schedule: (key: string) => void;
  readonly #pending = new Set<string>();

  constructor(model: ClusterModel) {
    this.#model = model;
    this.#election = new LeaderElection(model);
    this.#runner = new PodRunner(model);
    this.#lifecycle = new NodeLifecycle(model);
    this.#manager = new WorkQueue(model.clock, () => this.#election.leads('kube-controller-manager'));
    this.#scheduler = new WorkQueue(model.clock, () => this.#election.leads('kube-scheduler'));
    for (const [kind, reconcile] of Object.entries(workloads)) {
      this.#enqueue.set(
        kind,
        this.#manager.add(kind, (key) => reconcile(model, key)),
      );
    }
    this.#enqueue.set(
      'PodDisruptionBudget',
      this.#manager.add('PodDisruptionBudget', (key) => reconcileBudget(model, key)),
    );
    this.#schedule = this.#scheduler.add('Pod', (key) => schedule(model, key));
    model.store.onChange((change) => this.#see(change));
    model.faults.onChange(() => this.#budgets());
  }

  /** Brings a new cluster to rest at once: all pods placed and running. */
  settle(): void {
    this.#runner.instant = true;
    for (let round = 0; round < 50; round++) {
      this.#manager.settle();
      this.#scheduler.settle();
    }
    this.#runner.instant = false;
  }

  begin(): void {
    this.#election.begin();
    this.#monitor();
  }

  #monitor(): void {
    const { clock } = this.#model;
    clock.after(Math.max(5_000, 250 * clock.scale), () => {
      if (this.#election.leads('kube-controller-manager')) this.#lifecycle.look();
      else this.#lifecycle.forgive();
      this.#monitor();
    });
  }

  #see({ type, object, previous }: Change): void {
    if (isWorkload(object.kind) || object.kind === 'PodDisruptionBudget') {
      if (type === 'DELETED') this.#collect(object);
      else this.#enqueue.get(object.kind)?.(keyOf(object));
      this.#ownerOf(object);
    }
    if (object.kind === 'Pod') this.#seePod(type, object as Pod);
    if (object.kind === 'Node') this.#seeNode(type, object, previous);
  }

  #seePod(type: Change['type'], pod: Pod): void {
    const key = keyOf(pod);
    this.#ownerOf(pod);
    this.#budgets(pod.metadata.namespace);
    if (type === 'DELETED') {
      this.#pending.delete(key);
      // Room came free, or a StatefulSet waits for the name.
      for (const waiting of this.#pending) this.#schedule(waiting);
      return;
    }
    if (pod.spec.nodeName === undefined) {
      this.#pending.add(key);
      if (type === 'ADDED') this.#schedule(key);
    } else this.#pending.delete(key);
    this.#runner.see(pod);
  }

  #seeNode(type: Change['type'], node: KubeObject, previous: KubeObject | undefined): void {
    if (
      type === 'MODIFIED' &&
      previous !== undefined &&
      previous.spec === node.spec &&
      previous.status === node.status
    )
      return;
    for (const set of this.#model.store.list('DaemonSet')) this.#enqueue.get('DaemonSet')?.(keyOf(set));
    for (const waiting of this.#pending) this.#schedule(waiting);
  }

  #ownerOf(object: KubeObject): void {
    const owner = controllerOf(object);
    if (owner !== undefined && isWorkload(owner.kind)) {
      this.#enqueue.get(owner.kind)?.(`${object.metadata.namespace ?? ''}/${owner.name}`);
    }
  }

  #budgets(namespace?: string): void {
    for (const budget of this.#model.store.list('PodDisruptionBudget', namespace)) {
      this.#enqueue.get('PodDisruptionBudget')?.(keyOf(budget));
    }
  }

  // The garbage collector: what a deleted owner controlled goes with it.
  #collect(owner: KubeObject): void {
    const { store, clock } = this.#model;
    const uid = owner.metadata.uid ?? '';
    clock.after(500, () => {
      for (const set of store.ownedBy('ReplicaSet', uid))
        store.remove('ReplicaSet', set.metadata.namespace ?? '', set.metadata.name);
      for (const pod of store.ownedBy<Pod>('Pod', uid)) deletePod(store, pod);
    });
  }
}
