import type { ClusterModel } from '../model/cluster.ts';
import { type KubeNode, kubeTime } from '../model/objects.ts';

/** --node-monitor-grace-period of kube-controller-manager since 1.32. */
const graceMilliseconds = 50_000;
/** However fast the clock, a node is not given up sooner than this, in real milliseconds. */
const graceFloor = 1_500;

/** Marks nodes Unknown whose kubelet no longer renews its Lease (pkg/controller/nodelifecycle). */
export class NodeLifecycle {
  readonly #model: ClusterModel;
  /** Renew time last seen per node and when, in simulated milliseconds. */
  readonly #seen = new Map<string, { renewTime: string; at: number }>();

  constructor(model: ClusterModel) {
    this.#model = model;
  }

  /** One round of monitoring. */
  look(): void {
    const { store, clock, machines } = this.#model;
    const now = clock.elapsed();
    for (const name of machines.keys()) {
      const lease = store.get('Lease', 'kube-node-lease', name);
      const renewTime = (lease?.spec as { renewTime?: string } | undefined)?.renewTime ?? '';
      const seen = this.#seen.get(name);
      if (seen === undefined || seen.renewTime !== renewTime) {
        this.#seen.set(name, { renewTime, at: now });
        continue;
      }
      if (now - seen.at > Math.max(graceMilliseconds, graceFloor * clock.scale)) this.#giveUp(name);
    }
  }

  /** Time in which no API was there counts for nobody. */
  forgive(): void {
    this.#seen.clear();
  }

  #giveUp(name: string): void {
    const { store, clock } = this.#model;
    const at = kubeTime(clock.now());
    store.modify<KubeNode>('Node', '', name, (node) => {
      if (node.status.conditions.every(({ status }) => status === 'Unknown')) return node;
      const taints = [
        ...(node.spec.taints ?? []).filter(({ key }) => key !== 'node.kubernetes.io/unreachable'),
        { effect: 'NoSchedule' as const, key: 'node.kubernetes.io/unreachable', timeAdded: at },
        { effect: 'NoExecute' as const, key: 'node.kubernetes.io/unreachable', timeAdded: at },
      ];
      return {
        ...node,
        spec: { ...node.spec, taints },
        status: {
          ...node.status,
          conditions: node.status.conditions.map((condition) => ({
            ...condition,
            lastTransitionTime: at,
            message: 'Kubelet stopped posting node status.',
            reason: 'NodeStatusUnknown',
            status: 'Unknown' as const,
          })),
        },
      };
    });
  }
}
