import type { RunEvent } from '../../domain/event.ts';
import type { Run } from '../../domain/run.ts';

/** An event that cannot happen to a run in its state: a mistake in the program or a lost race, never a person's fault. */
export class InvalidTransition extends Error {
  constructor(run: Run, event: RunEvent, why: string) {
    super(`Run ${run.id} is ${run.status}: ${event.kind} cannot happen (${why})`);
    this.name = 'InvalidTransition';
  }
}
