import type { Approvers } from '../../config.ts';
import type { RunId, UserId } from '../../domain/names.ts';
import type { Trouble } from '../../domain/trouble.ts';
import type { RunAction } from '../buttons.ts';
import type { RunbookBase } from '../text/runbook.ts';

/** What a projection needs beside the run and its chronicle. */
export interface ProjectionContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly approvers: Approvers;
  /** Where backups are kept, as it is configured. */
  readonly backups: string;
  /** Somebody pressed a button and it is being worked on: the buttons give way to that. */
  readonly pressed?: Pressed;
  /** Why nothing goes on, if nothing does. */
  readonly trouble?: Trouble;
  /** `@dana`, for places where a mention would ring; undefined where the name is not known. */
  readonly nameOf: (user: UserId) => string | undefined;
  /** Where the pages of docs/runbooks can be read, if the configuration says so. */
  readonly runbooks?: RunbookBase;
  /** The address of another run's message, where it is known. */
  readonly linkOf?: (run: RunId) => string | undefined;
}

export interface Pressed {
  readonly action: RunAction;
  readonly by: UserId;
}
