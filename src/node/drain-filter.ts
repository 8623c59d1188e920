import type { Policy } from '../domain/policy.ts';
import type { PodObject } from '../ports/kubernetes.ts';

/** What a drain does about one pod. */
export type DrainVerdict =
  | { readonly status: 'evict' }
  /** It belongs to the node and comes back by itself, or cannot be evicted at all. */
  | { readonly status: 'leave' }
  /** Evicting it would lose something that policy does not give up; `reason` follows the pod's name in a sentence. */
  | { readonly status: 'refuse'; readonly reason: string };

type DrainPolicy = Pick<Policy['drain'], 'deleteUnmanagedPods' | 'deleteEmptyDirData'>;

/**
 * The filters of `kubectl drain --ignore-daemonsets`, in their order; the first that objects decides. `force` is
 * deleteUnmanagedPods (kubernetes/kubectl pkg/drain/filters.go).
 * @param daemonSetExists whether the pod's DaemonSet is there: pods of one that was deleted come back nowhere
 */
export function drainVerdict(
  pod: PodObject,
  policy: DrainPolicy,
  daemonSetExists: (namespace: string, name: string) => boolean,
): DrainVerdict {
  const isFinished = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  if (pod.controller?.kind === 'DaemonSet' && !isFinished) {
    if (daemonSetExists(pod.namespace, pod.controller.name)) return { status: 'leave' };
    if (!policy.deleteUnmanagedPods) {
      return {
        status: 'refuse',
        reason: `its DaemonSet ${pod.controller.name} is gone, nothing would bring it back`,
      };
    }
  }
  if (pod.isMirror) return { status: 'leave' };
  if (isFinished) return { status: 'evict' };
  if (pod.hasEmptyDir && !policy.deleteEmptyDirData) {
    return { status: 'refuse', reason: 'it keeps data in an emptyDir, which would be lost' };
  }
  if (pod.controller === undefined && !policy.deleteUnmanagedPods) {
    return { status: 'refuse', reason: 'it has no controller, nothing would bring it back' };
  }
  return { status: 'evict' };
}
