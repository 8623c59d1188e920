import { z } from 'zod';

export const Severity = z.enum(['blocker', 'warning', 'info']);
export type Severity = z.infer<typeof Severity>;

/** What a finding is about, so that plans can be filtered by node and messages can name objects. */
export const FindingObject = z.strictObject({
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
});
export type FindingObject = z.infer<typeof FindingObject>;

/**
 * One result of a check. `code` is stable (`skew.minor-skipped`, `pdb.blocks-now`) and names the page in docs/runbooks;
 * `summary` is a whole sentence, `facts` what was seen, `remedy` what would make it go.
 */
export const Finding = z.strictObject({
  code: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/),
  severity: Severity,
  objects: z.array(FindingObject),
  summary: z.string(),
  facts: z.record(z.string(), z.string()),
  remedy: z.string(),
  /** Set where policy.findings has changed the severity. */
  adjusted: z.strictObject({ from: Severity, reason: z.string(), until: z.iso.date().optional() }).optional(),
});
export type Finding = z.infer<typeof Finding>;
