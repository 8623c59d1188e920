import type { NodeName, RunId } from '../../domain/names.ts';
import { cordonAnnotation } from '../../ports/kubernetes.ts';
import type { Caller } from './caller.ts';
import { changeNode } from './change-node.ts';
import type { NodeResource } from './objects/node.ts';
import { withoutOwn } from './taints.ts';

/**
 * Sets unschedulable and the mark of the run in one write. A node that is unschedulable already is left as it is: its
 * mark stays (an earlier attempt, an earlier run), and without one the cordon is somebody else's and stays theirs. A mark
 * on a schedulable node is what a person left who uncordoned by hand; it is replaced.
 */
export async function cordonNode(caller: Caller, node: NodeName, run: RunId): Promise<void> {
  await changeNode(caller, `cordon node ${node}`, node, ({ spec }) =>
    spec.unschedulable
      ? undefined
      : { metadata: { annotations: { [cordonAnnotation]: run } }, spec: { unschedulable: true } },
  );
}

/** Takes unschedulable, the mark and the run's taint away in one write, if the mark is this run's; false if it was not. */
export async function uncordonNode(caller: Caller, name: NodeName, run: RunId): Promise<boolean> {
  const markOf = ({ metadata }: NodeResource) => metadata.annotations[cordonAnnotation];
  const { status, conflicts, node } = await changeNode(caller, `uncordon node ${name}`, name, (node) =>
    markOf(node) === run
      ? {
          metadata: { annotations: { [cordonAnnotation]: null } },
          spec: { unschedulable: false, ...taintsWithoutOwn(node, run) },
        }
      : undefined,
  );
  if (status === 'changed') return true;
  // A write whose answer was lost is repeated and meets its own work as a conflict.
  return conflicts > 0 && markOf(node) === undefined && !node.spec.unschedulable;
}

/** Absent when the run has no taint there: then the write does not touch the taints of others. */
function taintsWithoutOwn({ spec }: NodeResource, run: RunId): { taints?: NodeResource['spec']['taints'] } {
  const taints = withoutOwn(spec.taints, run);
  return taints.length === spec.taints.length ? {} : { taints };
}

/** Adds labels, replaces their values; null takes one away. */
export async function label(
  caller: Caller,
  node: NodeName,
  labels: Readonly<Record<string, string | null>>,
): Promise<void> {
  await changeNode(caller, `label node ${node}`, node, ({ metadata }) =>
    Object.entries(labels).every(([name, value]) => (metadata.labels[name] ?? null) === value)
      ? undefined
      : { metadata: { labels } },
  );
}

/** Adds annotations, or replaces their values. */
export async function annotate(
  caller: Caller,
  node: NodeName,
  annotations: Record<string, string>,
): Promise<void> {
  await changeNode(caller, `annotate node ${node}`, node, ({ metadata }) =>
    Object.entries(annotations).every(([name, value]) => metadata.annotations[name] === value)
      ? undefined
      : { metadata: { annotations } },
  );
}
