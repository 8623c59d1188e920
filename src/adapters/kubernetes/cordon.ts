import { StepFailure } from '../../domain/failure.ts';
import type { NodeName, RunId } from '../../domain/names.ts';
import { cordonAnnotation } from '../../ports/kubernetes.ts';
import type { Caller } from './caller.ts';
import { NodeResource } from './objects/node.ts';
import { bodyAs, readOne } from './read.ts';

/** A Node changes when its kubelet reports; that a write meets such a change several times running is a fault. */
const mostConflicts = 8;

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

/** Takes unschedulable and the mark away in one write, if the mark is this run's; false if it was not. */
export async function uncordonNode(caller: Caller, name: NodeName, run: RunId): Promise<boolean> {
  const markOf = ({ metadata }: NodeResource) => metadata.annotations[cordonAnnotation];
  const { status, conflicts, node } = await changeNode(caller, `uncordon node ${name}`, name, (node) =>
    markOf(node) === run
      ? { metadata: { annotations: { [cordonAnnotation]: null } }, spec: { unschedulable: false } }
      : undefined,
  );
  if (status === 'changed') return true;
  // A write whose answer was lost is repeated and meets its own work as a conflict.
  return conflicts > 0 && markOf(node) === undefined && !node.spec.unschedulable;
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

interface NodePatch {
  readonly metadata: { readonly annotations: Readonly<Record<string, string | null>> };
  readonly spec?: { readonly unschedulable: boolean };
}

/**
 * Reads the node, decides, and writes only if the node is still as it was read (resourceVersion in the patch: a write
 * that is repeated because its answer was lost cannot act on a node that has changed hands meanwhile).
 */
async function changeNode(
  caller: Caller,
  what: string,
  name: NodeName,
  decide: (node: NodeResource) => NodePatch | undefined,
): Promise<{ status: 'changed' | 'left'; conflicts: number; node: NodeResource }> {
  const path = `/api/v1/nodes/${name}`;
  for (let conflicts = 0; conflicts < mostConflicts; conflicts += 1) {
    const node = await readOne(caller, what, path, NodeResource);
    if (!node) throw new StepFailure('kubernetes.refused', `Could not ${what}: there is no such node.`);
    const patch = decide(node);
    if (!patch) return { status: 'left', conflicts, node };
    const { resourceVersion } = node.metadata;
    const answer = await caller.call({
      what,
      method: 'PATCH',
      path,
      contentType: 'application/strategic-merge-patch+json',
      body: { ...patch, metadata: { ...patch.metadata, resourceVersion } },
    });
    if (answer.code !== 409) {
      return { status: 'changed', conflicts, node: bodyAs(NodeResource, answer, what) };
    }
  }
  throw new StepFailure('kubernetes.unavailable', `Could not ${what}: the node kept changing meanwhile.`);
}
