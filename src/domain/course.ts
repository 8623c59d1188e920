import { z } from 'zod';
import { DrillReport } from './drill.ts';
import { Failure } from './failure.ts';
import { ChannelId, Instant, NodeName, StepKey, UserId } from './names.ts';

/**
 * What keeps a run from beginning anything new although nobody paused it. `start`: the time that it was asked for;
 * `pause`: policy's own between two batches.
 */
export const ParkedFor = z.enum(['window', 'freeze', 'incident', 'start', 'pause']);
export type ParkedFor = z.infer<typeof ParkedFor>;

export const Parked = z.strictObject({
  for: ParkedFor,
  since: Instant,
  /** When it goes on by itself, as far as that is known. */
  until: Instant.optional(),
  /** In its own words: of a freeze, of an incident. */
  reason: z.string().optional(),
});
export type Parked = z.infer<typeof Parked>;

/** A worker that failed and was set aside: cordoned and labelled, and the others go on. */
export const Quarantined = z.strictObject({
  node: NodeName,
  /** The step that failed, and in which attempt. */
  step: StepKey,
  attempt: z.number().int().min(1),
  failure: Failure,
  at: Instant,
});
export type Quarantined = z.infer<typeof Quarantined>;

/** What a person says at a gate: `yes` counts as one of those that are needed, `open` of an approver is enough alone. */
export const GateChoice = z.enum(['yes', 'open']);
export type GateChoice = z.infer<typeof GateChoice>;
export const GateVote = z.strictObject({ step: StepKey, by: UserId, choice: GateChoice, at: Instant });
export type GateVote = z.infer<typeof GateVote>;

/** An incident that keeps runs of its clusters from beginning anything. */
export const Incident = z.strictObject({ channel: ChannelId, by: UserId, at: Instant, name: z.string() });
export type Incident = z.infer<typeof Incident>;

/** How a run goes beyond its steps: what holds it, whom it left aside, who spoke at its gates. */
export const Course = z.strictObject({
  /** It does not start before. */
  startAt: Instant.optional(),
  parked: Parked.optional(),
  quarantined: z.array(Quarantined).default([]),
  votes: z.array(GateVote).default([]),
  incidents: z.array(Incident).default([]),
  /** Of the upgrade of a drill: how the drill ended. */
  drill: DrillReport.optional(),
});
export type Course = z.infer<typeof Course>;

export const emptyCourse: Course = { quarantined: [], votes: [], incidents: [] };
