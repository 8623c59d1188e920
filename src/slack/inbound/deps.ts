import type { ChannelId } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Directory } from '../../ports/directory.ts';
import type { Log } from '../../ports/log.ts';
import type { Message, Messenger } from '../../ports/messenger.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { UseCases } from '../../usecases/use-cases.ts';
import type { PublisherDeps } from '../publisher/deps.ts';
import type { Publisher } from '../publisher.ts';
import type { RunbookBase } from '../text/runbook.ts';
import type { InFlight } from './in-flight.ts';

/** What handlers need of the world. */
export interface InboundDeps {
  readonly useCases: UseCases;
  readonly store: Pick<
    RunStore,
    'firstTime' | 'telling' | 'beginLook' | 'lookShownAt' | 'endLook' | 'openLooks'
  >;
  readonly messenger: Pick<
    Messenger,
    | 'postEphemeral'
    | 'openView'
    | 'updateView'
    | 'publishHome'
    | 'permalink'
    | 'post'
    | 'update'
    | 'uploadFile'
  >;
  readonly directory: Pick<Directory, 'user' | 'channel' | 'isMember'>;
  readonly publisher: Pick<Publisher, 'press'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly teamId: string;
  /** The id of our own app, as soon as it is known. */
  readonly appId: () => string | undefined;
  /** Channels that some cluster is tied to. */
  readonly channels: readonly ChannelId[];
  readonly approversOf: PublisherDeps['approversOf'];
  readonly backupsOf: PublisherDeps['backupsOf'];
  /** The address of the runbooks' directory, where the configuration gives one. */
  readonly runbooks: RunbookBase;
  /** Answers through a payload's response URL, for channels that the bot is not in. False when that failed. */
  readonly respond: (responseUrl: string, message: Message) => Promise<boolean>;
}

/** What handlers share beside their dependencies. */
export interface Inbound extends InboundDeps {
  readonly inFlight: InFlight;
}
