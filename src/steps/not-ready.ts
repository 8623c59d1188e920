import type { NodeObject } from '../ports/kubernetes.ts';

/** What is said of a node that is not Ready, with the kubelet's own reason where the cluster gives it. */
export function notReady({ notReadyBecause }: Pick<NodeObject, 'notReadyBecause'>): string {
  return notReadyBecause === undefined ? 'not Ready' : `not Ready (${notReadyBecause})`;
}
