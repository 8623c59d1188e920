/** What is looked at in a pod to know what a drain does with it. */
export interface DrainCandidate {
  readonly isMirror: boolean;
  readonly hasEmptyDir: boolean;
  readonly phase: string;
  readonly controller?: { readonly kind: string };
}

/** What a drain does with a pod; `loses` is what is gone for good when it is evicted. */
export type DrainFate =
  | { readonly fate: 'stays'; readonly because: 'mirror' | 'daemon-set' }
  | { readonly fate: 'evicted'; readonly loses: readonly ('itself' | 'empty-dir-data')[] };

/** Whether the pod has run to its end: it is in nobody's way and has nothing to lose. */
export function isFinished({ phase }: Pick<DrainCandidate, 'phase'>): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/**
 * The filters of `kubectl drain --ignore-daemonsets` (k8s.io/kubectl/pkg/drain filters.go) as one rule, the same for what
 * a plan announces and for what a drain does. A DaemonSet that no longer exists is not looked for.
 */
export function drainFateOf(pod: DrainCandidate): DrainFate {
  if (pod.isMirror) return { fate: 'stays', because: 'mirror' };
  if (isFinished(pod)) return { fate: 'evicted', loses: [] };
  if (pod.controller?.kind === 'DaemonSet') return { fate: 'stays', because: 'daemon-set' };
  return {
    fate: 'evicted',
    loses: [
      ...(pod.controller ? [] : (['itself'] as const)),
      ...(pod.hasEmptyDir ? (['empty-dir-data'] as const) : []),
    ],
  };
}
