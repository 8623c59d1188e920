import type { z } from 'zod';

/** What a form was opened for; undefined for what the bot did not write. */
export function metadataOf<S extends z.ZodType>(schema: S, metadata: string): z.infer<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

export const formIsOld = 'This form is too old, so nothing was done. Please open it again.';
