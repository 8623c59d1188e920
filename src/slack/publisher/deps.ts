import type { Approvers } from '../../config.ts';
import type { ChannelId, ClusterName, RunId, UserId } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Messenger } from '../../ports/messenger.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { RunbookBase } from '../text/runbook.ts';
import type { Pace, Pacer } from './pacer.ts';

export interface PublisherDeps {
  readonly store: Pick<
    RunStore,
    'load' | 'heads' | 'events' | 'telling' | 'saveTelling' | 'unfinishedTellings' | 'acts' | 'output'
  >;
  readonly messenger: Pick<Messenger, 'post' | 'update' | 'find' | 'uploadFile'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly approversOf: (cluster: ClusterName) => Approvers;
  /** Where people of a cluster can be reached: the channels that it is tied to. */
  readonly channelsOf: (cluster: ClusterName) => readonly ChannelId[];
  /** Where backups of a cluster are kept, as configured. */
  readonly backupsOf: (cluster: ClusterName) => string;
  /** A user's name, `@dana`; undefined or a rejection when it is not to be had: then a mention stands in. */
  readonly nameOf: (user: UserId) => Promise<string | undefined>;
  /** The address of a run's message; undefined while there is none, or Slack does not say. */
  readonly linkOf?: (run: RunId) => Promise<string | undefined>;
  /** The address of the runbooks' directory, where the configuration gives one. */
  readonly runbooks?: RunbookBase;
  readonly pace?: Pace;
}

/** What the tellers of one publisher share. */
export interface Shared {
  readonly deps: PublisherDeps;
  readonly pace: Pace;
  readonly pacer: Pacer;
  /** For gaps and waits; what people read is of the clock. */
  readonly time: () => number;
  /** Whether the workspace takes `plan` blocks; once it has refused them, never asked again. */
  rich: boolean;
  /** Whether it takes files of outputs; once it has refused one (a scope that is missing), never asked again. */
  takesFiles: boolean;
  /** Whether it lets the app look for messages; once it has said no, never asked again. */
  letsLook: boolean;
  /** Number of runs that move now: they share the budget of edits. */
  readonly busy: () => number;
}
