import { assertNever } from '../../domain/assert-never.ts';
import type { Plan } from '../../domain/plan.ts';
import { duration } from '../text/duration.ts';

type Estimated = Pick<Plan, 'cluster' | 'estimateSeconds' | 'estimateFrom'>;

/** `about 1 h 50 min`, and in a word what that rests on. */
export function estimateText({ estimateSeconds, estimateFrom }: Estimated): string {
  const about = `about ${duration(estimateSeconds)}`;
  switch (estimateFrom) {
    case 'history':
      return `${about}, as earlier runs took`;
    case 'defaults':
      return `${about}, by usual times`;
    case 'partly-history':
    case undefined:
      return about;
    default:
      return assertNever(estimateFrom);
  }
}

/** What the estimate rests on, in a sentence. */
export function estimateBasis({ cluster, estimateFrom }: Estimated): string | undefined {
  switch (estimateFrom) {
    case 'history':
      return `The estimate is what these steps took in earlier runs of ${cluster}.`;
    case 'partly-history':
      return `The estimate is what steps took in earlier runs of ${cluster}, and usual times for steps that it has no record of.`;
    case 'defaults':
      return `The estimate rests on usual times: ${cluster} has no earlier runs to go by.`;
    case undefined:
      return undefined;
    default:
      return assertNever(estimateFrom);
  }
}
