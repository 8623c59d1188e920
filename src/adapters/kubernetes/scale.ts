import { z } from 'zod';
import type { Workload } from '../../domain/blockage.ts';
import { StepFailure } from '../../domain/failure.ts';
import { NodeName, RunId } from '../../domain/names.ts';
import { type PodObject, type ScaleMark, scaleAnnotation } from '../../ports/kubernetes.ts';
import type { Caller } from './caller.ts';
import { listOf, NamespacedMetadata } from './objects/metadata.ts';
import { bodyAs, readOne } from './read.ts';

const Owner = z.object({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) });

/** apps/v1 Deployment, StatefulSet or ReplicaSet, as far as scaling goes. */
const Scalable = z.object({
  metadata: NamespacedMetadata.extend({ ownerReferences: listOf(Owner) }),
  spec: z.object({ replicas: z.number().int().default(1) }),
});
type Scalable = z.infer<typeof Scalable>;

/** The annotation's content: the count to go back to, and the nodes whose drains still need the replica. */
const Mark = z.object({ run: RunId, replicas: z.number().int(), nodes: z.array(NodeName) });

const mostConflicts = 8;
const plurals = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  ReplicaSet: 'replicasets',
} as const;
const pathOf = ({ kind, namespace, name }: Workload) =>
  `/apis/apps/v1/namespaces/${namespace}/${plurals[kind]}/${name}`;

const read = (caller: Caller, workload: Workload) =>
  readOne(caller, `read ${workload.kind} ${workload.namespace}/${workload.name}`, pathOf(workload), Scalable);

/** What can be scaled above a pod; undefined for pods of anything else. */
export async function workloadOf(
  caller: Caller,
  { namespace, controller }: Pick<PodObject, 'namespace' | 'controller'>,
): Promise<(Workload & { replicas: number }) | undefined> {
  if (controller?.kind !== 'ReplicaSet' && controller?.kind !== 'StatefulSet') return undefined;
  const direct: Workload = { kind: controller.kind, namespace, name: controller.name };
  const found = await read(caller, direct);
  if (!found) return undefined;
  const above = found.metadata.ownerReferences.find((owner) => owner.controller);
  if (!above) return { ...direct, replicas: found.spec.replicas };
  // What something else controls is scaled there, or is scaled back at once.
  if (above.kind !== 'Deployment') return undefined;
  const deployment: Workload = { kind: 'Deployment', namespace, name: above.name };
  const scaled = await read(caller, deployment);
  return scaled && { ...deployment, replicas: scaled.spec.replicas };
}

/** One replica more, and what there was before in an annotation of the same write: whoever finds it can put it back. */
export function addReplica(
  caller: Caller,
  workload: Workload,
  { run, for: node }: ScaleMark,
): Promise<boolean> {
  return change(caller, `scale ${workload.namespace}/${workload.name} up`, workload, (present) => {
    const mark = markOf(present);
    if (mark && mark.run !== run) return { result: false };
    if (mark?.nodes.includes(node)) return { result: true };
    if (mark) return { result: true, patch: marked({ ...mark, nodes: [...mark.nodes, node] }) };
    const { replicas } = present.spec;
    return {
      result: true,
      patch: { ...marked({ run, replicas, nodes: [node] }), spec: { replicas: replicas + 1 } },
    };
  });
}

/** The last node to let go puts the count back, unless somebody has changed it since. */
export function dropReplica(
  caller: Caller,
  workload: Workload,
  { run, for: node }: ScaleMark,
): Promise<boolean> {
  return change(caller, `scale ${workload.namespace}/${workload.name} back`, workload, (present) => {
    const mark = markOf(present);
    if (mark?.run !== run || !mark.nodes.includes(node)) return { result: false };
    const nodes = mark.nodes.filter((other) => other !== node);
    if (nodes.length > 0) return { result: false, patch: marked({ ...mark, nodes }) };
    const isOurs = present.spec.replicas === mark.replicas + 1;
    return {
      result: true,
      patch: {
        metadata: { annotations: { [scaleAnnotation]: null } },
        ...(isOurs ? { spec: { replicas: mark.replicas } } : {}),
      },
    };
  });
}

interface Patch {
  readonly metadata: { readonly annotations: Readonly<Record<string, string | null>> };
  readonly spec?: { readonly replicas: number };
}

const marked = (mark: z.infer<typeof Mark>): Patch => ({
  metadata: { annotations: { [scaleAnnotation]: JSON.stringify(mark) } },
});

function markOf({ metadata }: Scalable): z.infer<typeof Mark> | undefined {
  const text = metadata.annotations[scaleAnnotation];
  if (text === undefined) return undefined;
  try {
    return Mark.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Writes only what is still as it was read, as changeNode does. False for a workload that is gone. */
async function change(
  caller: Caller,
  what: string,
  workload: Workload,
  decide: (present: Scalable) => { readonly result: boolean; readonly patch?: Patch },
): Promise<boolean> {
  for (let conflicts = 0; conflicts < mostConflicts; conflicts += 1) {
    const present = await read(caller, workload);
    if (!present) return false;
    const { result, patch } = decide(present);
    if (!patch) return result;
    const { resourceVersion } = present.metadata;
    const answer = await caller.call({
      what,
      method: 'PATCH',
      path: pathOf(workload),
      contentType: 'application/merge-patch+json',
      body: { ...patch, metadata: { ...patch.metadata, resourceVersion } },
    });
    if (answer.code === 409) continue;
    bodyAs(Scalable, answer, what);
    return result;
  }
  throw new StepFailure('kubernetes.unavailable', `Could not ${what}: it kept changing meanwhile.`);
}
