import { drainFateOf } from '../../domain/drain.ts';
import type { Policy } from '../../domain/policy.ts';
import type { PodObject } from '../../ports/kubernetes.ts';

/** What the drain of a cluster with this policy does about one pod. */
export type DrainVerdict =
  | { readonly status: 'evict' }
  | { readonly status: 'leave' }
  /** Evicting it would lose something that policy does not give up; `reason` follows the pod's name in a sentence. */
  | { readonly status: 'refuse'; readonly reason: string };

/**
 * kubectl's rule with policy's leave: `--force` is deleteUnmanagedPods, `--delete-emptydir-data` is deleteEmptyDirData.
 * @param daemonSetExists whether a DaemonSet is there: pods of one that was deleted are as good as without a controller
 */
export function drainVerdict(
  pod: PodObject,
  policy: Pick<Policy['drain'], 'deleteUnmanagedPods' | 'deleteEmptyDirData'>,
  daemonSetExists: (namespace: string, name: string) => boolean,
): DrainVerdict {
  const fate = drainFateOf(pod);
  if (fate.fate === 'stays') {
    const owner = pod.controller?.name ?? '';
    if (fate.because === 'mirror' || daemonSetExists(pod.namespace, owner)) return { status: 'leave' };
    return losing(policy, {
      itself: `its DaemonSet ${owner} is gone, nothing would bring it back`,
      ...(pod.hasEmptyDir ? { data: emptyDirReason } : {}),
    });
  }
  return losing(policy, {
    ...(fate.loses.includes('itself') ? { itself: 'it has no controller, nothing would bring it back' } : {}),
    ...(fate.loses.includes('empty-dir-data') ? { data: emptyDirReason } : {}),
  });
}

const emptyDirReason = 'it keeps data in an emptyDir, which would be lost';

function losing(
  policy: Parameters<typeof drainVerdict>[1],
  reasons: { readonly itself?: string; readonly data?: string },
): DrainVerdict {
  if (reasons.data !== undefined && !policy.deleteEmptyDirData)
    return { status: 'refuse', reason: reasons.data };
  if (reasons.itself !== undefined && !policy.deleteUnmanagedPods) {
    return { status: 'refuse', reason: reasons.itself };
  }
  return { status: 'evict' };
}
