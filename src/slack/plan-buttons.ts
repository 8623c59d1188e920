import { z } from 'zod';
import { ClusterName } from '../domain/names.ts';
import { KubernetesVersion } from '../domain/version.ts';
import type { ButtonSpec } from './projection/card.ts';

/** The button of a refusal that asks for the plan which would go. It carries a question, not a right. */
export const planInsteadAction = 'plan.instead';

/** `prod-eu v1.34.9`, or `prod-eu v1.35.2 in-hops`. */
export const PlanInstead = z
  .string()
  .max(100)
  .regex(/^\S+ \S+( in-hops)?$/)
  .transform((text) => {
    const [cluster, version, inHops] = text.split(' ');
    return { cluster, version, inHops: inHops !== undefined };
  })
  .pipe(z.object({ cluster: ClusterName, version: KubernetesVersion, inHops: z.boolean() }));

export function planInsteadButton(cluster: ClusterName, version: KubernetesVersion): ButtonSpec {
  return { actionId: planInsteadAction, label: `Plan ${version}`, value: `${cluster} ${version}` };
}

/** The action that asks for all hops; another than the one for a single version, as Slack wants them told apart. */
export const planHopsAction = 'plan.hops';

export function planHopsButton(cluster: ClusterName, hops: readonly KubernetesVersion[]): ButtonSpec {
  const all = hops.length === 2 ? 'both' : `all ${hops.length}`;
  return {
    actionId: planHopsAction,
    label: `Plan ${all} hops`,
    value: `${cluster} ${hops.at(-1)} in-hops`,
  };
}
