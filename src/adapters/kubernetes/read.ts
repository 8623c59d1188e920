import { z } from 'zod';
import { StepFailure } from '../../domain/failure.ts';
import type { Caller } from './caller.ts';
import type { Answer } from './exchange.ts';
import { isNotFound, refusal } from './status.ts';

/** An answer's body as the schema wants it. A well-formed answer of another shape comes from something else. */
export function bodyAs<Schema extends z.ZodType>(
  schema: Schema,
  answer: Answer,
  what: string,
): z.output<Schema> {
  if (answer.code < 200 || answer.code > 299) throw refusal(what, answer);
  return as(schema, answer.body, what);
}

/** Whose name it bears, for people who have to find it; the name itself may be what is wrong, so it is bounded. */
function whose(value: unknown): string {
  const named = Named.safeParse(value);
  return named.success ? `, of ${JSON.stringify(named.data.metadata.name.slice(0, 80))}` : '';
}
const Named = z.object({ metadata: z.object({ name: z.string().min(1) }) });

/** A part of an answer as the schema wants it; throws `kubernetes.unavailable` for something else. */
export function as<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const problem = issue ? `${issue.path.join('.') || 'the answer'}: ${issue.message}` : 'no reason';
  throw new StepFailure(
    'kubernetes.unavailable',
    `Could not ${what}: the answer is not what was asked for${whose(value)} (${problem}).`,
    {
      facts: { problem },
    },
  );
}

/** One object; undefined when there is none of that name. */
export async function readOne<Schema extends z.ZodType>(
  caller: Caller,
  what: string,
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const answer = await caller.call({ what, method: 'GET', path });
  return isNotFound(answer) ? undefined : bodyAs(schema, answer, what);
}
