import type { RunEventOf } from './event.ts';

/** Events that change how a run goes beyond its steps. */
export type CourseEvent = RunEventOf<
  | 'run-scheduled'
  | 'run-parked'
  | 'run-unparked'
  | 'node-quarantined'
  | 'quarantine-lifted'
  | 'gate-voted'
  | 'incident-declared'
  | 'incident-ended'
>;
