import { StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Caller } from './caller.ts';
import { NodeResource } from './objects/node.ts';
import { bodyAs, readOne } from './read.ts';

/** A Node changes when its kubelet reports; that a write meets such a change several times running is a fault. */
const mostConflicts = 8;

/** What a write changes; taints are replaced as a whole, null removes an annotation or a label. */
export interface NodePatch {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string | null>>;
    readonly labels?: Readonly<Record<string, string | null>>;
  };
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: NodeResource['spec']['taints'] };
}

/**
 * Reads the node, decides, and writes only if the node is still as it was read (resourceVersion in the patch: a write
 * that is repeated because its answer was lost cannot act on a node that has changed hands meanwhile).
 */
export async function changeNode(
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
