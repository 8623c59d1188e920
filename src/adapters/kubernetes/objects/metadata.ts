import { z } from 'zod';

/** Schemas take what is used of an object and let the rest pass: what an API server sends grows with every release. */
const Texts = z.record(z.string(), z.string());

export const Metadata = z.object({
  name: z.string().min(1),
  namespace: z.string().optional(),
  uid: z.string().min(1),
  resourceVersion: z.string().min(1),
  generation: z.number().optional(),
  labels: Texts.nullish().transform((labels) => labels ?? {}),
  annotations: Texts.nullish().transform((annotations) => annotations ?? {}),
  deletionTimestamp: z.string().optional(),
});
export type Metadata = z.infer<typeof Metadata>;

/** Metadata of an object that lives in a namespace. */
export const NamespacedMetadata = Metadata.extend({ namespace: z.string().min(1) });
export type NamespacedMetadata = z.infer<typeof NamespacedMetadata>;

export const Condition = z.object({ type: z.string(), status: z.string() });

/** Go encodes an empty list as null or leaves it out. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
