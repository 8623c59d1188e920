import type { KubernetesVersion } from '../domain/version.ts';

/**
 * The versions that the control plane goes through, one a hop, the last is the target. A hop never spans more than one
 * minor (version skew policy: kube-apiserver may not skip minors, single control planes included); further targets are
 * refused by `skew.minor-skipped` before this is asked.
 */
export function hopsTo(target: KubernetesVersion): [KubernetesVersion] {
  return [target];
}
