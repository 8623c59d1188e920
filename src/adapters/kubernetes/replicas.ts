import { z } from 'zod';
import type { Replicas } from '../../ports/kubernetes.ts';
import type { Caller } from './caller.ts';
import { readOne } from './read.ts';

/** apps/v1 ReplicaSet or StatefulSet: both say it in the same words. */
const ReplicatedResource = z.object({
  spec: z.object({ replicas: z.number().int().default(1) }),
  status: z.object({ readyReplicas: z.number().int().default(0) }).default({ readyReplicas: 0 }),
});

const plurals: Readonly<Record<string, string>> = { ReplicaSet: 'replicasets', StatefulSet: 'statefulsets' };

/** How many pods a controller wants and how many are ready; undefined for one that is gone, or of a kind that counts none. */
export async function replicasOf(
  caller: Caller,
  namespace: string,
  { kind, name }: { readonly kind: string; readonly name: string },
): Promise<Replicas | undefined> {
  const plural = plurals[kind];
  if (plural === undefined) return undefined;
  const path = `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`;
  const found = await readOne(caller, `read ${kind} ${namespace}/${name}`, path, ReplicatedResource);
  return found && { desired: found.spec.replicas, ready: found.status.readyReplicas };
}
