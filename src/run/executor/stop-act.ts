import { type FailureCode, StepFailure } from '../../domain/failure.ts';
import type { RunId } from '../../domain/names.ts';
import type { StepRecord } from '../../domain/run.ts';
import type { Step } from '../../domain/step.ts';
import type { ActEnding, ActRef, OutputStore } from '../../ports/output-store.ts';
import { type NodeUpkeep, stoppedBy } from '../../ports/remote-host.ts';
import type { AttemptContext, StepHandler, StepHandlers } from '../../ports/step-handler.ts';
import { type CatchUpDeps, catchUp } from './catch-up.ts';
import { clipped } from './clipped.ts';

export interface StopDeps extends CatchUpDeps {
  readonly store: CatchUpDeps['store'] & Pick<OutputStore, 'output'>;
  readonly handlers: StepHandlers;
  readonly upkeep: Pick<NodeUpkeep, 'stopAct' | 'readOutput'>;
}

const stopped: [code: FailureCode, what: string] = ['command.stopped', 'was stopped before it was through'];

/**
 * Ends the act that a person wants ended, and looks at what it has done. What is left is not begun again by itself: a
 * person who stops a command is asked before it is repeated.
 */
export async function stopAndObserve(
  deps: StopDeps,
  step: Step,
  context: AttemptContext,
  stop: NonNullable<StepRecord['stop']>,
): Promise<{ alreadyDone: boolean; facts: Readonly<Record<string, string>> }> {
  const { act, by } = stop;
  const ran = await deps.upkeep.stopAct(context.cluster, act.node, act, { signal: 'stop', by });
  await catchUp(deps, { id: context.run, cluster: context.cluster }, step.key);
  const handler = deps.handlers[step.kind] as StepHandler<Step>;
  const observed = await handler.observe(step, context);
  if (observed.status === 'done') return { alreadyDone: true, facts: observed.facts };
  const [code, what] = ran ? stopped : howItEnded(await endingOf(deps, context.run, act), by);
  throw new StepFailure(code, `${act.node}: the command ${what}.`, {
    facts: { node: act.node, by },
    lastWords: await lastLines(deps, act),
    retry: 'halt',
  });
}

/** What became of a command that did not run any more: an earlier try had stopped it, or it had ended by itself. */
function howItEnded(ending: ActEnding, by: string): [code: FailureCode, what: string] {
  if (ending.status === 'exited') {
    return [
      'command.failed',
      `had ended by itself, with exit status ${ending.code}, before it could be stopped`,
    ];
  }
  return ending.reason === stoppedBy(by)
    ? stopped
    : ['command.outcome-unknown', `did not run any more when it was to be stopped: ${ending.reason}`];
}

async function endingOf({ store }: StopDeps, run: RunId, act: ActRef): Promise<ActEnding> {
  const acts = await store.acts(run);
  const known = acts.find(({ base, attempt }) => base === act.base && attempt === act.attempt)?.ending;
  return known ?? { status: 'unknown', reason: 'how it ended is not known' };
}

const linesShown = 15;

/** The end of what an act has printed, as far as it is kept. */
async function lastLines({ store, log }: StopDeps, act: ActRef): Promise<string[]> {
  try {
    const pieces = await store.output(act);
    return pieces
      .flatMap(({ lines }) => lines)
      .filter((line) => line.trim() !== '')
      .slice(-linesShown)
      .map((line) => clipped(line, 400));
  } catch (error) {
    log.warn({ act: act.base, err: error }, 'what a stopped command had printed could not be read');
    return [];
  }
}
