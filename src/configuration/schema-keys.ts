import { z } from 'zod';
import type { PathSegment } from './problem.ts';

/** The schema behind optional, default and prefault. */
function bare(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
    inner = inner.unwrap();
  }
  return inner;
}

function memberOf(schema: unknown, segment: PathSegment): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[segment];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function schemaAt(schema: z.ZodType, path: readonly PathSegment[]): unknown {
  return bare(path.reduce<unknown>((inner, segment) => memberOf(bare(inner), segment), schema));
}

/** What is wrong under a key that is wrong itself: zod looks no further than the key. Paths are those of the whole. */
export function issuesUnder(
  schema: z.ZodType,
  path: readonly PathSegment[],
  value: unknown,
): z.core.$ZodIssue[] {
  const at = schemaAt(schema, path);
  const parsed = at instanceof z.ZodType ? at.safeParse(value) : undefined;
  return (parsed?.error?.issues ?? []).map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
}

/** The keys that a schema knows at a path; none where keys are free (names of clusters) or there is no object. */
export function keysAt(schema: z.ZodType, path: readonly PathSegment[]): string[] {
  const object = schemaAt(schema, path);
  if (object instanceof z.ZodUnion) {
    return object.options.flatMap((option) =>
      option instanceof z.ZodObject ? Object.keys(option.shape) : [],
    );
  }
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}
