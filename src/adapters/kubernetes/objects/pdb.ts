import { z } from 'zod';
import type { PdbObject } from '../../../ports/kubernetes.ts';
import { listOf, NamespacedMetadata } from './metadata.ts';

const Selector = z.object({
  matchLabels: z
    .record(z.string(), z.string())
    .nullish()
    .transform((labels) => labels ?? {}),
  matchExpressions: listOf(z.object({ key: z.string(), operator: z.string(), values: listOf(z.string()) })),
});
type Selector = z.infer<typeof Selector>;

/** An IntOrString. */
const Amount = z
  .union([z.number(), z.string()])
  .optional()
  .transform((amount) => (amount === undefined ? undefined : String(amount)));

/** policy/v1 PodDisruptionBudget. */
export const PdbResource = z.object({
  metadata: NamespacedMetadata,
  spec: z.object({ selector: Selector.nullish(), minAvailable: Amount, maxUnavailable: Amount }),
  status: z
    .object({
      disruptionsAllowed: z.number().int().default(0),
      currentHealthy: z.number().int().default(0),
      desiredHealthy: z.number().int().default(0),
      expectedPods: z.number().int().default(0),
    })
    .prefault({}),
});
export type PdbResource = z.infer<typeof PdbResource>;

/** policy/v1: no selector matches no pod, an empty one every pod. `In` no values is the expression that never holds. */
const nothing: Selector = { matchLabels: {}, matchExpressions: [{ key: '', operator: 'In', values: [] }] };

export function pdbObject({ metadata, spec, status }: PdbResource): PdbObject {
  const { minAvailable, maxUnavailable } = spec;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    ...(spec.selector ?? nothing),
    ...(minAvailable === undefined ? {} : { minAvailable }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    ...status,
  };
}
