import type { RunEvent } from '../../domain/event.ts';
import { instant } from '../../domain/names.ts';
import { nodeOf } from '../../domain/step.ts';
import { nextNumber } from '../../domain/waiting.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { UseCases } from '../use-cases.ts';
import { control, operatorOnly, phraseOf } from './control-run.ts';
import { stepsInQuestion } from './steps-in-question.ts';

/** A week, as the longest time that policy may leave a plan open. */
const longestMinutes = 10_080;

/**
 * Gives more time: an open proposal may be approved for so long from now, drains that stand still go on for so long at
 * least. Without a time it is as long as policy gives them at first.
 */
export function extend(deps: UseCaseDeps): UseCases['extend'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      const { user, node } = request;
      const { approvals, drain } = run.plan.policy;
      if (run.status === 'proposed') {
        if (node !== undefined) return 'It waits for approval; no node of it is being drained.';
        const minutes = Math.min(request.minutes ?? approvals.expireAfterMinutes, longestMinutes);
        const until = Date.parse(at) + minutes * 60_000;
        if (Date.parse(run.expiresAt) <= Date.parse(at)) return 'It has expired: plan again.';
        if (until <= Date.parse(run.expiresAt)) return 'It is open for longer than that already.';
        return [{ kind: 'proposal-extended', at, by: user, until: instant(until) }];
      }
      const waiting = stepsInQuestion(run).filter(
        ({ step, record, wait }) =>
          wait?.standstill !== undefined &&
          record.status === 'running' &&
          (node === undefined || nodeOf(step) === node),
      );
      if (waiting.length === 0) {
        return `It is ${phraseOf(run)}, and ${node ?? 'no node of it'} ${node === undefined ? 'stands' : 'does not stand'} still in a drain: there is nothing to extend.`;
      }
      const seconds = Math.min((request.minutes ?? drain.timeoutSeconds / 60) * 60, longestMinutes * 60);
      return waiting.map(
        ({ step, record }): RunEvent => ({
          kind: 'answer-given',
          at,
          step: step.key,
          number: nextNumber(record.answers ?? []),
          answer: { kind: 'keep-waiting', at, by: user, seconds: Math.max(1, Math.round(seconds)) },
        }),
      );
    });
}
