import { z } from 'zod';
import { Answer, Standstill } from './blockage.ts';
import type { RunEventOf } from './event.ts';
import { Failure } from './failure.ts';
import { Instant, UserId } from './names.ts';

/** Answers that can hurt: past a budget, or past what somebody has set. They count once two people have said so. */
const dangerous: ReadonlySet<Answer['kind']> = new Set(['delete-pod', 'scale-up']);

/** Whether an answer asks for a second person. */
export function isDangerous(answer: Pick<Answer, 'kind'>): boolean {
  return dangerous.has(answer.kind);
}

/** An answer of a person to a step that waits, with what became of it. */
export const GivenAnswer = z.strictObject({
  /** Its place among the answers to the step, from 1. */
  number: z.number().int().min(1),
  answer: Answer,
  /** In the person's own words; a node is never left out without one. */
  reason: z.string().optional(),
  /** Who else said so, where a second person is asked for. */
  second: z.strictObject({ by: UserId, at: Instant }).optional(),
  /** Who took it back before a second person had spoken. */
  withdrawn: z.strictObject({ by: UserId, at: Instant }).optional(),
});
export type GivenAnswer = z.infer<typeof GivenAnswer>;

/** What a step has waited for people at since they were told. */
export const StepWait = z.strictObject({
  since: Instant,
  failure: Failure,
  standstill: Standstill.optional(),
  /** When the people who are asked were called last, beyond the first time. */
  remindedAt: Instant.optional(),
  /** Owners of pods who were called, by the pod's uid. */
  told: z.record(z.string(), z.strictObject({ by: UserId, at: Instant })),
});
export type StepWait = z.infer<typeof StepWait>;

/** Whether an answer is one: said by as many people as it asks for, and not taken back. */
export function counts(given: GivenAnswer): boolean {
  return given.withdrawn === undefined && (!isDangerous(given.answer) || given.second !== undefined);
}

/** Whether an answer waits for its second person. */
export function awaitsSecond(given: GivenAnswer): boolean {
  return given.withdrawn === undefined && isDangerous(given.answer) && given.second === undefined;
}

/**
 * The answers to a step after one more thing was said about them. Throws RangeError when that cannot be said: a number
 * that is not the next, a second word by the same person, about an answer that waits for none.
 */
export function answersAfter(
  answers: readonly GivenAnswer[],
  event: RunEventOf<'answer-given' | 'answer-seconded' | 'answer-withdrawn'>,
): GivenAnswer[] {
  if (event.kind === 'answer-given') {
    const { number, answer, reason } = event;
    if (number !== nextNumber(answers)) throw new RangeError(`answer ${number} is not the next one`);
    return [...answers, { number, answer, ...(reason === undefined ? {} : { reason }) }];
  }
  const pending = answers.find((given) => given.number === event.number);
  if (pending === undefined || !awaitsSecond(pending)) {
    throw new RangeError(`answer ${event.number} waits for nobody`);
  }
  const said = { by: event.by, at: event.at };
  if (event.kind === 'answer-seconded' && event.by === pending.answer.by) {
    throw new RangeError('nobody counts twice');
  }
  const after =
    event.kind === 'answer-seconded' ? { ...pending, second: said } : { ...pending, withdrawn: said };
  return answers.map((given) => (given === pending ? after : given));
}

/** The number of the answer that comes next. */
export function nextNumber(answers: readonly GivenAnswer[]): number {
  return (answers.at(-1)?.number ?? 0) + 1;
}
