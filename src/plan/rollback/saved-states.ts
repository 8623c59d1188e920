import type { NodeName, StepKey } from '../../domain/names.ts';
import type { NodeOrigin, Origin } from '../../domain/origin.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { KubernetesVersion } from '../../domain/version.ts';

/** What a node ran at the moment when its files were saved by a step of the upgrade. */
export interface SavedState {
  /** The step that saves; its key names the backup. */
  readonly step: StepKey;
  readonly at: NodeOrigin;
}

/** What the cluster as a whole was at a moment when it was saved. */
export interface SavedCluster {
  readonly step: StepKey;
  /** Of the control plane. */
  readonly version: KubernetesVersion;
  readonly kubeadmConfig: KubernetesVersion;
  readonly kubeProxyImage?: string;
  readonly coreDnsImage?: string;
}

/** All that an upgrade has saved so far, in its order, each with what there was to be saved by then. */
export interface SavedStates {
  readonly nodes: ReadonlyMap<NodeName, readonly SavedState[]>;
  /** By the steps that save ConfigMaps. */
  readonly clusters: readonly SavedCluster[];
  /** The steps that save etcd, each in the place of the ConfigMaps that are saved with it. */
  readonly etcd: readonly StepKey[];
}

/**
 * Walks through an upgrade's steps and notes at each backup that was taken what the cluster was by then.
 * @param taken steps of which a backup lies there: one that was cut after it had saved has not succeeded
 */
export function savedStatesOf(
  { plan, steps }: Pick<Run, 'plan' | 'steps'>,
  origin: Origin,
  taken: ReadonlySet<StepKey>,
): SavedStates {
  const present = new Map(origin.nodes.map((node) => [node.node, node]));
  const nodes = new Map<NodeName, SavedState[]>();
  const clusters: SavedCluster[] = [];
  const etcd: StepKey[] = [];
  let version = plan.from;
  let { kubeadmConfig } = origin;
  // What an image was before the plan is known; after a hop only its version would be, so it is not made up.
  let images: Pick<SavedCluster, 'kubeProxyImage' | 'coreDnsImage'> = {
    ...(origin.kubeProxyImage === undefined ? {} : { kubeProxyImage: origin.kubeProxyImage }),
    ...(origin.coreDnsImage === undefined ? {} : { coreDnsImage: origin.coreDnsImage }),
  };
  const change = (name: NodeName, by: (node: NodeOrigin) => NodeOrigin): void => {
    const node = present.get(name);
    if (node) present.set(name, by(node));
  };

  for (const step of stepsOf(plan)) {
    const isSaved = steps.get(step.key)?.status === 'succeeded' || taken.has(step.key);
    if (step.kind === 'back-up-node-files' && isSaved) {
      const at = present.get(step.input.node);
      if (at) nodes.set(at.node, [...(nodes.get(at.node) ?? []), { step: step.key, at }]);
    } else if (step.kind === 'back-up-config-maps' && isSaved) {
      clusters.push({ step: step.key, version, kubeadmConfig, ...images });
    } else if (step.kind === 'back-up-etcd' && isSaved) {
      etcd.push(step.key);
    } else if (step.kind === 'install-kubeadm') {
      change(step.input.node, (node) => ({ ...node, kubeadm: step.input.version }));
    } else if (step.kind === 'restart-kubelet') {
      change(step.input.node, (node) => ({ ...node, kubelet: step.input.version }));
    } else if (step.kind === 'upgrade-control-plane') {
      version = step.input.version;
      const at = { apiServer: version, controllerManager: version, scheduler: version };
      change(step.input.node, ({ etcd: _etcd, ...node }) => ({ ...node, controlPlane: at }));
      kubeadmConfig = version;
      images = {};
    }
  }
  return { nodes, clusters, etcd };
}
