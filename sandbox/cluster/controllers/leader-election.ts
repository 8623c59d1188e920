import type { ClusterModel } from '../model/cluster.ts';
import { type KubeObject, microTime } from '../model/objects.ts';

type Controller = 'kube-controller-manager' | 'kube-scheduler';

const leaseMilliseconds = 15_000;
const retryMilliseconds = 2_000;
/** However fast the clock, leases are not written more often than this, in real milliseconds. */
const retryFloor = 400;

interface LeaseObject extends KubeObject {
  spec: {
    acquireTime?: string;
    holderIdentity: string;
    leaseDurationSeconds: number;
    leaseTransitions: number;
    renewTime?: string;
  };
}

/** Which control plane's kube-controller-manager and kube-scheduler lead, shown by their Leases in kube-system. */
export class LeaderElection {
  readonly #model: ClusterModel;
  readonly #holders = new Map<Controller, { node: string; renewed: number }>();

  constructor(model: ClusterModel) {
    this.#model = model;
  }

  /** Whether somebody leads and works. */
  leads(controller: Controller): boolean {
    const holder = this.#holders.get(controller);
    return holder !== undefined && this.#runs(controller, holder.node) && this.#model.apiAvailable();
  }

  begin(): void {
    for (const controller of ['kube-controller-manager', 'kube-scheduler'] as const) {
      this.#acquire(controller, this.#model.controlPlanes()[0]?.name ?? '');
    }
    this.#next();
  }

  #next(): void {
    const { clock } = this.#model;
    clock.after(Math.max(retryMilliseconds, retryFloor * clock.scale), () => {
      this.#round();
      this.#next();
    });
  }

  #round(): void {
    if (!this.#model.apiAvailable()) return;
    const now = this.#model.clock.elapsed();
    for (const [controller, holder] of this.#holders) {
      if (this.#runs(controller, holder.node)) {
        holder.renewed = now;
        this.#renew(controller);
      } else if (now - holder.renewed > leaseMilliseconds) {
        const next = this.#model.controlPlanes().find(({ name }) => this.#runs(controller, name));
        if (next !== undefined) this.#acquire(controller, next.name);
      }
    }
  }

  #runs(controller: Controller, node: string): boolean {
    const machine = this.#model.machines.get(node);
    return machine?.up === true && machine.staticPods.isRunning(controller);
  }

  #renew(controller: Controller): void {
    this.#model.store.modify<LeaseObject>('Lease', 'kube-system', controller, (lease) => ({
      ...lease,
      spec: { ...lease.spec, renewTime: microTime(new Date()) },
    }));
  }

  #acquire(controller: Controller, node: string): void {
    const { store, random, clock } = this.#model;
    this.#holders.set(controller, { node, renewed: clock.elapsed() });
    const at = microTime(new Date());
    const spec = {
      acquireTime: at,
      holderIdentity: `${node}_${random.uid()}`,
      leaseDurationSeconds: 15,
      renewTime: at,
    };
    const changed = store.modify<LeaseObject>('Lease', 'kube-system', controller, (lease) => ({
      ...lease,
      spec: { ...spec, leaseTransitions: lease.spec.leaseTransitions + 1 },
    }));
    if (changed !== undefined) return;
    store.create<LeaseObject>({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: controller, namespace: 'kube-system' },
      spec: { ...spec, leaseTransitions: 0 },
    });
  }
}
