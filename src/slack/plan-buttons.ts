import { z } from 'zod';
import { ClusterName } from '../domain/names.ts';
import { KubernetesVersion } from '../domain/version.ts';
import type { ButtonSpec } from './projection/card.ts';

/** The button of a refusal that asks for the plan which would go. It carries a question, not a right. */
export const planInsteadAction = 'plan.instead';

/** `prod-eu v1.34.9`. */
export const PlanInstead = z
  .string()
  .max(100)
  .transform((text) => text.split(' '))
  .pipe(z.tuple([ClusterName, KubernetesVersion]))
  .transform(([cluster, version]) => ({ cluster, version }));

export function planInsteadButton(cluster: ClusterName, version: KubernetesVersion): ButtonSpec {
  return { actionId: planInsteadAction, label: `Plan ${version}`, value: `${cluster} ${version}` };
}
