import { z } from 'zod';
import { StepFailure } from '../../domain/failure.ts';
import type { Answer } from './exchange.ts';

/** meta/v1 Status: how an API server says no. */
export const Status = z.object({
  kind: z.literal('Status'),
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .object({
      causes: z
        .array(z.object({ reason: z.string().default(''), message: z.string().default('') }))
        .default([]),
      retryAfterSeconds: z.number().optional(),
    })
    .prefault({}),
});
export type Status = z.infer<typeof Status>;

/** The Status that an answer carries; undefined when it is something else. */
export function statusOf(answer: Answer): Status | undefined {
  const parsed = Status.safeParse(answer.body);
  return parsed.success ? parsed.data : undefined;
}

/** Whether the object that was asked for is not there; a 404 without a Status comes from something in between. */
export function isNotFound(answer: Answer): boolean {
  return answer.code === 404 && statusOf(answer)?.reason === 'NotFound';
}

/** The failure of a call whose answer is no outcome of its own. */
export function refusal(what: string, answer: Answer): StepFailure {
  const status = statusOf(answer);
  const said = status?.message || `HTTP ${answer.code}`;
  return new StepFailure('kubernetes.refused', `Kubernetes refused to ${what}: ${said}`, {
    facts: { code: String(answer.code), ...(status?.reason ? { reason: status.reason } : {}) },
  });
}
