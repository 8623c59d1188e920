import type { GateChoice } from '../domain/course.ts';
import type { DrillEtcd } from '../domain/drill.ts';
import type { Choice, StoredEvent } from '../domain/event.ts';
import type { Finding } from '../domain/finding.ts';
import type { Start, Target } from '../domain/intent.ts';
import type {
  ChannelId,
  ClusterName,
  Instant,
  NodeName,
  PlanDigest,
  RunId,
  StepKey,
  UserId,
} from '../domain/names.ts';
import type { Refusal } from '../domain/plan.ts';
import type { Run } from '../domain/run.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import type { Diagnosis } from '../plan/examine.ts';
import type { ActRecord, ActRef, OutputPiece } from '../ports/output-store.ts';
import type { RunHead } from '../ports/run-store.ts';
import type { LookProgress } from '../snapshot/hosts.ts';
import type { Asker, Denied } from './asker.ts';
import type { ChannelClusters } from './incident/channels.ts';
import type {
  AssessRollbackOutcome,
  ProposeRollbackOutcome,
  ProvenRollback,
  RollbackAsk,
  RollbackCandidates,
  SavedNow,
} from './rollback/outcomes.ts';

export type { Diagnosis } from '../plan/examine.ts';

/** Somebody else has just asked for the same. */
export interface BeingLookedAt {
  readonly status: 'being-looked-at';
  readonly cluster: ClusterName;
  readonly by: UserId;
}

export type ProposeOutcome =
  | Denied
  | { readonly status: 'proposed'; readonly run: Run }
  /** The planner says no. */
  | { readonly status: 'refused'; readonly refusal: Refusal }
  /** Nothing to do: the cluster and all its nodes are at that version. */
  | { readonly status: 'up-to-date'; readonly cluster: ClusterName; readonly version: KubernetesVersion }
  /** Not every repository offers that version; `offered` is what all of them do, oldest first. */
  | {
      readonly status: 'not-offered';
      readonly cluster: ClusterName;
      readonly wanted: string;
      readonly offered: readonly KubernetesVersion[];
      /** Why a repository could not be asked, where one could not. */
      readonly problem?: string;
    }
  /** Another run holds the cluster. */
  | { readonly status: 'busy'; readonly run: Run }
  /** Somebody has just asked for a plan of it, which is being made. */
  | BeingLookedAt
  /** The cluster could not be looked at: what failed, as findings. */
  | { readonly status: 'unobservable'; readonly findings: readonly Finding[] };

export type ApproveOutcome =
  | Denied
  /** Counted; `missing` approvals are still needed (0: the run starts). */
  | { readonly status: 'counted'; readonly run: Run; readonly missing: number }
  | { readonly status: 'already-counted'; readonly run: Run }
  | { readonly status: 'expired'; readonly run: Run }
  /** The cluster changed since the plan was made: the proposal is void. */
  | { readonly status: 'drifted'; readonly run: Run; readonly reason: string }
  /** It is no proposal any more: running, rejected … */
  | { readonly status: 'not-proposed'; readonly run: Run };

export type ControlOutcome =
  | Denied
  | { readonly status: 'accepted'; readonly run: Run }
  /** It makes no sense in the run's present state; `reason` says so. */
  | { readonly status: 'not-now'; readonly run: Run; readonly reason: string };

export type IncidentOutcome =
  | Denied
  /** `runs` are those that it holds, or lets go. */
  | {
      readonly status: 'told';
      readonly action: 'start' | 'end';
      readonly clusters: readonly ClusterName[];
      readonly runs: readonly Run[];
    };

/** What a person says to a step that stands still. A pod is named by its uid, and looked up among those in the way. */
export type Wish =
  | { readonly kind: 'keep-waiting'; readonly seconds?: number }
  | { readonly kind: 'delete-pod'; readonly pod: string }
  | { readonly kind: 'scale-up'; readonly pod: string }
  | { readonly kind: 'skip-node'; readonly reason: string }
  | { readonly kind: 'stop' };

/** Which wait is meant: one that is over takes no answers. */
export interface OfWait {
  readonly run: RunId;
  readonly step: StepKey;
  readonly since: Instant;
}

export interface ClusterSummary {
  readonly cluster: ClusterName;
  /** What its last look found; absent when it could not be looked at. */
  readonly version?: KubernetesVersion;
  readonly problem?: string;
  /** The run that holds it, if one does. */
  readonly run?: RunHead;
  /** The newest rollback of it that went through. */
  readonly proven?: ProvenRollback;
}

export type DoctorOutcome =
  | Denied
  | BeingLookedAt
  /** `run` holds the cluster: what it is in the middle of is among the findings. */
  | { readonly status: 'examined'; readonly diagnosis: Diagnosis; readonly run?: Run }
  | Extract<ProposeOutcome, { status: 'not-offered' | 'unobservable' }>;

export interface DoctorRequest extends Asker {
  readonly cluster: ClusterName;
  /** Checked against beside what runs today; the next minor unless given. */
  readonly target?: Target;
  readonly onProgress?: (progress: LookProgress) => void;
}

export interface ProposeRequest extends Asker {
  readonly cluster: ClusterName;
  readonly target: Target;
  /** When the run is to start; its approval holds until then. */
  readonly start?: Start;
  /** Through several minors in one plan; without it a target farther away is refused, with the way that would go. */
  readonly inHops?: boolean;
  /** To be taken back when it is through, with this done about etcd: on rehearsal clusters only. */
  readonly drill?: DrillEtcd;
  /** How far the look at the machines has come, each time that one of them is through. */
  readonly onProgress?: (progress: LookProgress) => void;
}

/**
 * All that Slack may call. None of it throws for what a person can get wrong; each is safe to call twice. Long ones
 * (propose, approve, versionsOnOffer, clusters) talk to the cluster and take seconds: never await them before an ack.
 */
export interface UseCases {
  propose(request: ProposeRequest): Promise<ProposeOutcome>;
  /** The checks alone. */
  doctor(request: DoctorRequest): Promise<DoctorOutcome>;
  /** @param request `typedName`: the cluster's name was typed, which an approval that loses data wants */
  approve(request: Asker & { run: RunId; digest: PlanDigest; typedName?: boolean }): Promise<ApproveOutcome>;
  reject(request: Asker & { run: RunId }): Promise<ControlOutcome>;
  pause(request: Asker & { run: RunId }): Promise<ControlOutcome>;
  resume(request: Asker & { run: RunId }): Promise<ControlOutcome>;
  abort(request: Asker & { run: RunId }): Promise<ControlOutcome>;
  /**
   * The answer to a run that is halted at a step.
   * @param request `failedAt`: when the failure was that the answer is about; one to an earlier failure is refused
   */
  decide(
    request: Asker & { run: RunId; step: StepKey; choice: Choice; reason?: string; failedAt?: Instant },
  ): Promise<ControlOutcome>;

  /** The answer to a step that stands still; one that can hurt counts only when a second person has agreed. */
  answer(request: Asker & OfWait & { wish: Wish }): Promise<ControlOutcome>;
  agree(request: Asker & OfWait & { number: number }): Promise<ControlOutcome>;
  withdraw(request: Asker & OfWait & { number: number }): Promise<ControlOutcome>;
  /** Has whoever owns a pod that is in the way called. */
  tellOwner(request: Asker & OfWait & { pod: string }): Promise<ControlOutcome>;
  /** The same answers by name: of the node, or of the only step that can be meant. */
  retry(request: Asker & { run: RunId; node?: NodeName | undefined }): Promise<ControlOutcome>;
  /** The words say why; the first may name the node. */
  skip(request: Asker & { run: RunId; words: readonly string[] }): Promise<ControlOutcome>;
  handOver(request: Asker & { run: RunId; to: UserId }): Promise<ControlOutcome>;
  /** More time for an open proposal, or for drains that stand still. */
  extend(
    request: Asker & { run: RunId; node?: NodeName | undefined; minutes?: number | undefined },
  ): Promise<ControlOutcome>;

  /** What a person says at the gate that the run stands at. */
  voteAtGate(request: Asker & { run: RunId; choice: GateChoice }): Promise<ControlOutcome>;
  /** Has workers in quarantine tried again: one, or all. */
  retryQuarantined(request: Asker & { run: RunId; node?: NodeName | undefined }): Promise<ControlOutcome>;
  /** An incident of the channel's clusters begins, or is over. */
  incident(request: Asker & { action: 'start' | 'end' }): Promise<IncidentOutcome>;

  /** What taking a run back would mean; stores nothing. Long, like propose. */
  assessRollback(request: RollbackAsk): Promise<AssessRollbackOutcome>;
  /** Plans taking a run back and stores the plan as a proposal. Approved like any other. */
  proposeRollback(request: RollbackAsk): Promise<ProposeRollbackOutcome>;
  /**
   * Upgrades near a moment of the clusters that a channel is tied to; in an incident channel, of all that have their
   * incidents there.
   */
  rollbackCandidates(request: Asker & { around?: Instant; limit?: number }): Promise<RollbackCandidates>;
  /** Clusters of which runs can be taken back from a channel: its own, and those that have their incidents there. */
  rollbackClusters(channel: ChannelId): Promise<ChannelClusters>;
  /** Whether what an upgrade saved is still there as it was; undefined where nothing was changed or it is a rollback. */
  savedNow(run: Run): Promise<SavedNow | undefined>;
  lastProvenRollback(cluster: ClusterName): Promise<ProvenRollback | undefined>;

  /** Acts of a run that have printed something or have ended, in the order in which they were begun. */
  acts(run: RunId): Promise<ActRecord[]>;
  /** What is kept of what an act printed. */
  output(act: ActRef): Promise<OutputPiece[]>;
  /**
   * Reads from its node what a command has printed meanwhile that stands still until somebody decides about it. Fails
   * nothing; takes as long as the node takes to answer. False where it could not be read.
   */
  refreshOutput(run: Run): Promise<boolean>;

  run(id: RunId): Promise<Run | undefined>;
  /** What is left of a run of the channel's clusters whose details were removed. */
  removedRun(id: RunId, channel: ChannelId): Promise<RunHead | undefined>;
  events(id: RunId, afterSeq: number): Promise<StoredEvent[]>;
  /** Runs of the clusters that are tied to the channel, newest first. */
  runs(channel: ChannelId, limit: number): Promise<RunHead[]>;
  /** The run of the channel's clusters that is under way, else the latest. */
  presentRun(channel: ChannelId): Promise<Run | undefined>;
  /** Clusters that are tied to the channel, as configured; quick. */
  clusterNames(channel: ChannelId): readonly ClusterName[];
  /** The same with their present versions. */
  clusters(channel: ChannelId): Promise<ClusterSummary[]>;
  /**
   * Versions that the package repositories of a cluster's control plane offer beside its present one, oldest first; those
   * farther than the next minor only where every minor between is on offer, too: they take a plan in hops.
   */
  versionsOnOffer(
    cluster: ClusterName,
  ): Promise<{ current: KubernetesVersion; offered: readonly KubernetesVersion[] } | { problem: string }>;
}
