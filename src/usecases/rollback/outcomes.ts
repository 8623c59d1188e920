import type { Finding } from '../../domain/finding.ts';
import type { ClusterName, Instant, NodeName, RunId, UserId } from '../../domain/names.ts';
import type { Plan, Refusal } from '../../domain/plan.ts';
import type { EtcdWay, RollbackScope, VerdictKind, WaysBack } from '../../domain/rollback.ts';
import type { ObservedBackup } from '../../domain/rollback-facts.ts';
import type { Run } from '../../domain/run.ts';
import type { RunHead } from '../../ports/run-store.ts';
import type { Asker, Denied } from '../asker.ts';

/** Which run is to be taken back: by its id, or the latest of a cluster that has something to take back. */
export type RollbackOf = { readonly run: RunId } | { readonly cluster: ClusterName };

export interface RollbackAsk extends Asker {
  readonly of: RollbackOf;
  readonly scope: RollbackScope;
  /** Absent: the cheapest way that is open. */
  readonly etcd?: EtcdWay;
}

/** What stands in the way of a rollback before anything is planned. */
export type NoRollback =
  | Denied
  /** The run is still at work, or another one holds the cluster. */
  | { readonly status: 'busy'; readonly run: Run }
  | { readonly status: 'being-looked-at'; readonly cluster: ClusterName; readonly by: UserId }
  | { readonly status: 'nothing-to-take-back'; readonly of: Run }
  | { readonly status: 'unobservable'; readonly of: Run; readonly findings: readonly Finding[] };

export type AssessRollbackOutcome =
  | NoRollback
  /** All ways with their verdicts, and what the asked or preferred one would do. Nothing is stored. */
  | {
      readonly status: 'assessed';
      readonly of: Run;
      readonly ways: WaysBack;
      readonly planned: Plan | Refusal;
    };

export type ProposeRollbackOutcome =
  | NoRollback
  | { readonly status: 'proposed'; readonly run: Run; readonly of: Run; readonly ways: WaysBack }
  | { readonly status: 'refused'; readonly refusal: Refusal; readonly of: Run; readonly ways: WaysBack };

/** A moment in a run's life, for a timeline beside an incident. */
export interface TimelineEntry {
  readonly at: Instant;
  readonly run: RunId;
  readonly cluster: ClusterName;
  readonly what: 'started' | 'node-done' | 'halted' | 'ended';
  readonly node?: NodeName;
}

/** A run that may have to do with an incident. */
export interface RollbackCandidate {
  readonly run: RunHead;
  /** Milliseconds between the run's work and the moment asked about; 0: it was at work then. */
  readonly distanceMs: number;
  /** Nodes on which it began something. */
  readonly nodes: number;
  /** The newest rollback of it that was proposed or begun. */
  readonly rollback?: RunHead;
}

export interface RollbackCandidates {
  /** The likeliest first. */
  readonly candidates: readonly RollbackCandidate[];
  /** Of all of them, oldest first. */
  readonly timeline: readonly TimelineEntry[];
}

/** What a run saved, looked at just now. */
export type SavedNow =
  | {
      readonly status: 'looked';
      readonly files: number;
      readonly bad: readonly Pick<ObservedBackup, 'path' | 'state'>[];
    }
  | { readonly status: 'too-slow' }
  /** A later upgrade went on from there. */
  | { readonly status: 'gone-on'; readonly later: RunId };

/** The newest rollback of a whole upgrade of a cluster that went through. */
export interface ProvenRollback {
  readonly run: RunId;
  readonly of: RunId;
  readonly endedAt: Instant;
  readonly verdict: VerdictKind;
  readonly isDrill: boolean;
}
