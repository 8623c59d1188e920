import type { Policy } from '../../domain/policy.ts';
import type { Kubernetes, PodObject } from '../../ports/kubernetes.ts';
import { isOverdue } from './overdue.ts';
import { drainVerdict } from './verdict.ts';

/** A node's pods as a drain sees them; those that stay are left out. */
export interface DrainPods {
  readonly toEvict: readonly PodObject[];
  readonly refused: readonly { readonly pod: PodObject; readonly reason: string }[];
}

/** Sorts the pods of a node as kubectl's filters do. DaemonSets are looked up once each. */
export async function sortDrainPods(
  kubernetes: Pick<Kubernetes, 'getDaemonSet'>,
  pods: readonly PodObject[],
  policy: Policy['drain'],
  now: number,
): Promise<DrainPods> {
  const owners = new Map(
    pods.flatMap(({ namespace, controller }) =>
      controller?.kind === 'DaemonSet'
        ? [[`${namespace}/${controller.name}`, { namespace, name: controller.name }]]
        : [],
    ),
  );
  const known = new Set<string>();
  await Promise.all(
    [...owners].map(async ([key, { namespace, name }]) => {
      if (await kubernetes.getDaemonSet(namespace, name)) known.add(key);
    }),
  );
  const judged = pods
    .filter((pod) => !isOverdue(pod, policy, now))
    .map((pod) => ({
      pod,
      verdict: drainVerdict(pod, policy, (namespace, name) => known.has(`${namespace}/${name}`)),
    }));
  return {
    toEvict: judged.filter(({ verdict }) => verdict.status === 'evict').map(({ pod }) => pod),
    refused: judged.flatMap(({ pod, verdict }) =>
      verdict.status === 'refuse' ? [{ pod, reason: verdict.reason }] : [],
    ),
  };
}

/** `shop/db-1`. */
export function podName(pod: Pick<PodObject, 'namespace' | 'name'>): string {
  return `${pod.namespace}/${pod.name}`;
}
