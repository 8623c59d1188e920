import type { SandboxCluster } from '../cluster/index.ts';

/** What a Node object of the simulated API says, as far as the demo shows it. */
export interface SeenNode {
  readonly name: string;
  readonly role: string;
  readonly kubelet: string;
  readonly ready: boolean;
  readonly cordoned: boolean;
}

interface NodeBody {
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly nodeInfo?: { readonly kubeletVersion?: string };
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The nodes as the cluster's own API has them: not as the bot believes them to be. */
export function seenNodes(cluster: SandboxCluster): SeenNode[] {
  return cluster.nodes.map(({ name, role }) => {
    const { spec, status } = (cluster.model.store.byKey('Node', `/${name}`) ?? {}) as NodeBody;
    return {
      name,
      role,
      kubelet: status?.nodeInfo?.kubeletVersion ?? 'unknown',
      ready: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
      cordoned: spec?.unschedulable ?? false,
    };
  });
}
