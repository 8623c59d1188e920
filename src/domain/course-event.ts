import type { RunEvent, RunEventOf } from './event.ts';

const kinds = [
  'run-scheduled',
  'run-parked',
  'run-unparked',
  'node-quarantined',
  'quarantine-lifted',
  'gate-voted',
  'incident-declared',
  'incident-ended',
] as const;

/** Events that change how a run goes beyond its steps. */
export type CourseEvent = RunEventOf<(typeof kinds)[number]>;

const ofCourse: ReadonlySet<string> = new Set(kinds);

export function isCourseEvent(event: RunEvent): event is CourseEvent {
  return ofCourse.has(event.kind);
}
