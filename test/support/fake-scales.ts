import type { Workload } from '../../src/domain/blockage.ts';
import type { Kubernetes, PodObject, ScaleMark } from '../../src/ports/kubernetes.ts';

interface Scaled {
  replicas: number;
  mark?: { readonly run: string; readonly replicas: number; readonly nodes: readonly string[] };
}

/** Workloads by `kind namespace/name`, scaled as the API adapter does it. */
export interface FakeScales {
  readonly workloads: Map<string, Scaled>;
  /** The Deployment above a ReplicaSet, by `namespace/name` of both. */
  readonly deployments: Map<string, string>;
  workloadOf(pod: Pick<PodObject, 'namespace' | 'controller'>): Awaited<ReturnType<Kubernetes['workloadOf']>>;
  add(workload: Workload, mark: ScaleMark): boolean;
  drop(workload: Workload, mark: ScaleMark): boolean;
}

const keyOf = ({ kind, namespace, name }: Workload): string => `${kind} ${namespace}/${name}`;

export function fakeScales(record: (line: string) => void): FakeScales {
  const workloads = new Map<string, Scaled>();
  const deployments = new Map<string, string>();
  return {
    workloads,
    deployments,
    workloadOf({ namespace, controller }) {
      if (!controller) return undefined;
      const above = deployments.get(`${namespace}/${controller.name}`);
      const workload = {
        kind: above ? 'Deployment' : controller.kind,
        namespace,
        name: above?.split('/')[1] ?? controller.name,
      } as Workload;
      const found = workloads.get(keyOf(workload));
      return found && { ...workload, replicas: found.replicas };
    },
    add(workload, { run, for: node }) {
      const found = workloads.get(keyOf(workload));
      if (!found || (found.mark && found.mark.run !== run)) return false;
      if (found.mark?.nodes.includes(node)) return true;
      if (found.mark) found.mark = { ...found.mark, nodes: [...found.mark.nodes, node] };
      else {
        found.mark = { run, replicas: found.replicas, nodes: [node] };
        found.replicas += 1;
        record(`scale ${keyOf(workload)} to ${found.replicas}`);
      }
      return true;
    },
    drop(workload, { run, for: node }) {
      const found = workloads.get(keyOf(workload));
      if (found?.mark?.run !== run || !found.mark.nodes.includes(node)) return false;
      const nodes = found.mark.nodes.filter((other) => other !== node);
      if (nodes.length > 0) {
        found.mark = { ...found.mark, nodes };
        return false;
      }
      if (found.replicas === found.mark.replicas + 1) found.replicas = found.mark.replicas;
      delete found.mark;
      record(`scale ${keyOf(workload)} to ${found.replicas}`);
      return true;
    },
  };
}
