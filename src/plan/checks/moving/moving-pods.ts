import type { FindingObject } from '../../../domain/finding.ts';
import type { Policy } from '../../../domain/policy.ts';
import { nodesToDrain } from '../../nodes/to-drain.ts';
import { count, forms, listOf } from '../../text.ts';
import { type Check, when } from '../check.ts';

interface Pod {
  readonly pod: string;
  readonly node: string;
  /** What is special about it. */
  readonly what: string;
}

function podObjects(pods: readonly Pod[]): FindingObject[] {
  const names = [...new Set(pods.map(({ pod }) => pod))];
  return names.map((pod) => {
    const [namespace = '', name = pod] = pod.split('/');
    return { kind: 'Pod', namespace, name };
  });
}

const told = (pods: readonly Pod[]) => listOf(pods.map(({ pod, node, what }) => `${pod} on ${node}${what}`));

/** How long a pod may take to end, as a drain of the policy would let it. */
function graceOf(pod: string, own: number, { gracePeriodSeconds, namespaces }: Policy['drain']): number {
  const [namespace = ''] = pod.split('/');
  const overruled = namespaces[namespace]?.gracePeriodSeconds ?? gracePeriodSeconds;
  return overruled >= 0 ? overruled : own;
}

/** Pods for which being moved is more than a moment: data that stays behind, no other replica, an end that takes long. */
export const checkMovingPods: Check = (snapshot, intent, policy) => {
  const drained = nodesToDrain(snapshot, intent, policy);
  const { drain } = policy;
  const volumes = drained.flatMap(({ name, pods }) =>
    (pods.localVolumes ?? []).map(({ pod, kind, what }) => ({ pod, node: name, kind, what: ` (${what})` })),
  );
  const bound = volumes.filter(({ kind }) => kind === 'local-volume');
  const paths = volumes.filter(({ kind }) => kind === 'host-path');
  const single = drained.flatMap(({ name, pods }) =>
    (pods.onlyOnes ?? []).map((pod): Pod => ({ pod, node: name, what: '' })),
  );
  const slow = drained.flatMap(({ name, pods }) =>
    (pods.slow ?? []).flatMap(({ pod, graceSeconds }): Pod[] => {
      const [namespace = ''] = pod.split('/');
      const most = drain.namespaces[namespace]?.timeoutSeconds ?? drain.timeoutSeconds;
      const grace = graceOf(pod, graceSeconds, drain);
      return grace > most ? [{ pod, node: name, what: ` (${grace} s)` }] : [];
    }),
  );
  return [
    ...when(bound.length > 0, () => ({
      code: 'drain.local-volumes',
      severity: 'warning' as const,
      objects: podObjects(bound),
      summary: `${count(podObjects(bound).length, 'pod')} can run on no other node, because ${forms(podObjects(bound), 'its volume is', 'their volumes are')} there: ${told(bound)}. They are down until the node is back.`,
      facts: { pods: String(podObjects(bound).length) },
      remedy: 'Fail the application over to a replica on another node first, or plan for its absence.',
    })),
    ...when(paths.length > 0, () => ({
      code: 'drain.host-paths',
      severity: 'info' as const,
      objects: podObjects(paths),
      summary: `${count(podObjects(paths).length, 'pod')} mount${forms(podObjects(paths), 's', '')} paths of the node, which stay behind when moved: ${told(paths)}.`,
      facts: { pods: String(podObjects(paths).length) },
      remedy: 'Nothing, if what is there is on every node or can be made again.',
    })),
    ...when(single.length > 0, () => ({
      code: 'drain.only-replicas',
      severity: 'info' as const,
      objects: podObjects(single),
      summary: `${count(single.length, 'pod')} ${forms(single, 'is', 'are')} the only one of ${forms(single, 'its workload', 'their workloads')}, away while moved: ${told(single)}.`,
      facts: { pods: String(single.length) },
      remedy: 'Scale those that may not be away to two before approving.',
    })),
    ...when(slow.length > 0, () => ({
      code: 'drain.grace-too-long',
      severity: 'warning' as const,
      objects: podObjects(slow),
      summary: `${count(slow.length, 'pod')} may take longer to end than a drain may take (policy.drain.timeoutSeconds): ${told(slow)}.`,
      facts: { timeoutSeconds: String(drain.timeoutSeconds) },
      remedy:
        'Raise policy.drain.timeoutSeconds, for that namespace alone if you like, or set gracePeriodSeconds.',
    })),
  ];
};
