import type { Incident } from '../domain/course.ts';
import type { RunEvent, StoredEvent } from '../domain/event.ts';
import type { ChannelId, ClusterName, Instant, NodeName, RunId, StepKey } from '../domain/names.ts';
import type { Run, RunStatus } from '../domain/run.ts';
import type { StepKind } from '../domain/step.ts';
import type { LookStore } from './look-store.ts';
import type { OutputStore } from './output-store.ts';

/** The right to run a cluster. A higher fence beats a lower one; a commit with a beaten fence is refused. */
export interface Lease {
  readonly cluster: ClusterName;
  readonly owner: string;
  readonly fence: number;
  readonly expiresAt: Instant;
}

export type CommitOutcome =
  | { readonly status: 'committed' }
  /** Somebody else committed first: load again and decide again. */
  | { readonly status: 'conflict' }
  /** Another run holds the cluster, and only one may. */
  | { readonly status: 'cluster-held' }
  /** The lease has gone to another process: stop at once. */
  | { readonly status: 'fenced' };

/** A backup that was taken, by a run, of one thing. */
export interface BackupRecord {
  readonly run: RunId;
  readonly step: StepKey;
  readonly cluster: ClusterName;
  readonly kind: 'etcd-snapshot' | 'node-files' | 'config-maps';
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly takenAt: Instant;
}

/** Where a run is told in Slack, and how far the telling has come. */
export interface Telling {
  readonly run: RunId;
  readonly channel: ChannelId;
  /** The parent message; absent until it was posted. */
  readonly parentTs?: string;
  /** The last event that the thread has told. */
  readonly toldSeq: number;
  /** When a post was begun of which nobody knows yet whether it arrived; the parent, where there is no `postingSeq`. */
  readonly postingAt?: Instant;
  /** The event that its thread message tells. */
  readonly postingSeq?: number;
  /** Messages of the thread that are still to be edited: what each is about → its ts. */
  readonly cards?: Readonly<Record<string, string>>;
  /**
   * How far the plan's file is on its way into the thread; absent while nobody has tried. `once` and `twice` are written
   * before the first and the second try, because nobody knows afterwards whether a try that was cut had arrived.
   */
  readonly planFile?: FileState;
  /** The same of files of outputs: what each is about (`log`, or the number of the event that it belongs to) → how far. */
  readonly outputFiles?: Readonly<Record<string, FileState>>;
}

/** Tries of a file that were begun; `words`: Slack takes no file, a message stands in for it. */
export type FileState = 'once' | 'twice' | 'words' | 'done';

/** A run without its steps and most of its plan: enough to choose one, and to show it in a list. */
export type RunHead = Pick<
  Run,
  | 'id'
  | 'kind'
  | 'cluster'
  | 'status'
  | 'channel'
  | 'requestedBy'
  | 'createdAt'
  | 'expiresAt'
  | 'startedAt'
  | 'endedAt'
  | 'halt'
> & { readonly plan: Pick<Run['plan'], 'cluster' | 'from' | 'to' | 'hops' | 'purpose'> };

/** A node on which a run began something. */
export interface TouchedNode {
  readonly node: NodeName;
  /** When it was last verified as new and back at work. */
  readonly doneAt?: Instant;
}

/** Newest first; without a limit the newest 1,000. */
export interface RunFilter {
  readonly id?: RunId;
  readonly cluster?: ClusterName;
  readonly channel?: ChannelId;
  readonly kind?: Run['kind'];
  readonly createdAfter?: Instant;
  readonly statuses?: readonly RunStatus[];
  readonly limit?: number;
}

/**
 * Runs, their events and what belongs to them, durable. Implementations: SQLite on one machine. State and events commit
 * together. Throws StoreFailure on a database that is locked for long, full or corrupt.
 */
export interface RunStore extends OutputStore, LookStore {
  /** Stores a new run with its first events. */
  create(run: Run, events: readonly RunEvent[]): Promise<void>;
  /** Undefined for one that is not there, or whose details were removed. */
  load(id: RunId): Promise<Run | undefined>;
  /** Whole runs, tens of milliseconds each for hundreds of nodes: ask for `heads` where they do. */
  list(filter: RunFilter): Promise<Run[]>;
  heads(filter: RunFilter): Promise<RunHead[]>;
  /** The nodes on which a run began steps of its plan. */
  touched(run: RunId): Promise<TouchedNode[]>;
  /**
   * Stores the run after some events, with them, in one durable transaction: only if the stored revision is
   * `run.revision − events.length`, and, with a fence, only if it is the newest of the cluster.
   */
  commit(run: Run, events: readonly RunEvent[], fence?: number): Promise<CommitOutcome>;
  /**
   * Removes the details (plan, steps, events, outputs, records of backups) of the one run that was over first, if that was
   * before a moment, it was told to its end, and at least `keep` newer runs of its cluster were begun; gives that run. It is
   * not loaded any more, but keeps its head.
   */
  forgetOldest(before: Instant, keep: number): Promise<RunId | undefined>;
  /** Events of a run with a number above `afterSeq`, oldest first. */
  events(run: RunId, afterSeq: number): Promise<StoredEvent[]>;

  /**
   * Takes the cluster's lease if it is free, expired, or held by a process that is known to be gone; undefined if it is
   * held. Every lease that is given has a higher fence than the one before.
   */
  acquireLease(cluster: ClusterName, owner: string, ttlMs: number): Promise<Lease | undefined>;
  /** False when it is no longer held with that fence. */
  renewLease(lease: Lease, ttlMs: number): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;

  /** True the first time that a key is given, false ever after (until pruned): Slack delivers at least once. */
  firstTime(key: string): Promise<boolean>;

  telling(run: RunId): Promise<Telling | undefined>;
  saveTelling(telling: Telling): Promise<void>;
  /** Tellings of runs that have events beyond what was told, cards that are still open, or ended and have not got their log. */
  unfinishedTellings(): Promise<Telling[]>;

  /** Written down once a cluster and channel; a second time changes nothing. */
  declareIncident(cluster: ClusterName, incident: Incident): Promise<void>;
  endIncident(cluster: ClusterName, channel: ChannelId): Promise<void>;
  /** Incidents of a cluster that are not over, oldest first. */
  openIncidents(cluster: ClusterName): Promise<Incident[]>;

  addBackup(backup: BackupRecord): Promise<void>;
  backups(filter: { run?: RunId; cluster?: ClusterName }): Promise<BackupRecord[]>;

  /** Median seconds that steps of a kind took in earlier runs of a cluster, where there are any. */
  usualDurations(cluster: ClusterName): Promise<Partial<Record<StepKind, number>>>;
  close(): Promise<void>;
}
