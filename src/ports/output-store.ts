import type { ClusterName, Instant, NodeName, RunId, StepKey } from '../domain/names.ts';

/** Names an act among all that ever were: its base begins with its run. */
export interface ActRef {
  readonly base: string;
  readonly attempt: number;
}

/** How an act ended. */
export type ActEnding =
  | { readonly status: 'exited'; readonly code: number }
  /** It was begun, it does not run, and nothing tells how it ended. */
  | { readonly status: 'unknown'; readonly reason: string };

/** An act of a run: what was done on which node, from when to when. */
export interface ActRecord extends ActRef {
  readonly run: RunId;
  readonly step: StepKey;
  readonly node: NodeName;
  /** What was done, as a failure's sentence would say it: `installing kubeadm`. */
  readonly purpose: string;
  readonly beganAt: Instant;
  /** Absent while it runs, or while nobody has looked how it ended. */
  readonly ending?: ActEnding & { readonly at: Instant };
}

/**
 * Lines of an act's output that stand together, masked, and where they stood: in bytes of what was printed. Between two
 * pieces, or before the first, what was left out is as much as is missing between their places.
 */
export interface OutputPiece {
  readonly from: number;
  readonly to: number;
  /** When the bot read it. */
  readonly at: Instant;
  readonly lines: readonly string[];
}

/** How much of one act's output is kept, in bytes of UTF-8: its beginning, and its end. */
export const keptOutput = { head: 64 * 1024, tail: 192 * 1024 } as const;

/** Runs of a cluster of which outputs are kept: those that are not over, and so many of the newest that are. */
export const keptRuns = 30;

/** What acts have printed, durable, and bounded. A part of the RunStore. */
export interface OutputStore {
  /** Writes down that an act begins; a second time changes nothing. */
  beginAct(act: Omit<ActRecord, 'ending'>): Promise<void>;
  /** Where what is kept of an act ends, in bytes of what was printed; 0 where nothing is. */
  keptTo(act: ActRef): Promise<number>;
  /**
   * Adds to what an act has printed, and how it ended where it did; in one transaction. A piece that is there already,
   * even a part of it, is passed over: reading twice never doubles a line.
   */
  keepOutput(
    act: ActRef,
    pieces: readonly OutputPiece[],
    ending?: NonNullable<ActRecord['ending']>,
  ): Promise<void>;
  /** Acts of a run, in the order in which they were begun. */
  acts(run: RunId): Promise<ActRecord[]>;
  /** What is kept of an act's output, in order. */
  output(act: ActRef): Promise<OutputPiece[]>;
  /** Removes acts and outputs of runs of a cluster that are over, but for the newest `keptRuns`. */
  pruneOutputs(cluster: ClusterName): Promise<void>;
}
