import { assertNever } from '../../domain/assert-never.ts';
import type { Course } from '../../domain/course.ts';
import type { CourseEvent } from '../../domain/course-event.ts';
import type { StepKey } from '../../domain/names.ts';
import type { Run, StepRecord } from '../../domain/run.ts';
import { withoutWait } from './waits.ts';

/** What an event of the course changes of a run, or why it cannot happen. */
export function afterCourseEvent(run: Run, event: CourseEvent): Pick<Run, 'course' | 'steps'> | string {
  const { course, steps } = run;
  const changed = (changes: Partial<Course>) => ({ course: { ...course, ...changes }, steps });
  switch (event.kind) {
    case 'run-scheduled':
      return run.status === 'proposed' || run.status === 'approved'
        ? changed({ startAt: event.startAt })
        : 'it has begun, or is over';
    case 'run-parked': {
      const { for: what, until, reason } = event;
      return changed({
        parked: {
          for: what,
          since: course.parked?.for === what ? course.parked.since : event.at,
          ...(until === undefined ? {} : { until }),
          ...(reason === undefined ? {} : { reason }),
        },
      });
    }
    case 'run-unparked': {
      const { parked: _, ...rest } = course;
      return { course: rest, steps };
    }
    case 'node-quarantined': {
      const { node, step, attempt, failure, at } = event;
      const record = steps.get(step);
      if (record?.status !== 'failed') return `${step} has not failed`;
      if (isQuarantined(run, node)) return `${node} is in quarantine already`;
      const quarantined = [...course.quarantined, { node, step, attempt, failure, at }];
      return { course: { ...course, quarantined }, steps: withRecord(steps, withoutWait(record)) };
    }
    case 'quarantine-lifted': {
      const entry = course.quarantined.find(({ node, step }) => node === event.node && step === event.step);
      const record = entry && steps.get(entry.step);
      if (record?.status !== 'failed') return `${event.node} is not in quarantine`;
      const quarantined = course.quarantined.filter((other) => other !== entry);
      return { course: { ...course, quarantined }, steps: withRecord(steps, triedAgain(record, event.at)) };
    }
    case 'gate-voted': {
      const { step, by, choice, at } = event;
      if (course.votes.some((vote) => vote.step === step && vote.by === by && vote.choice === choice)) {
        return 'nobody counts twice';
      }
      return changed({ votes: [...course.votes, { step, by, choice, at }] });
    }
    case 'incident-declared': {
      const { channel, by, at, name } = event;
      const others = course.incidents.filter((incident) => incident.channel !== channel);
      return changed({ incidents: [...others, { channel, by, at, name }] });
    }
    case 'incident-ended':
      return changed({
        incidents: course.incidents.filter(({ channel }) => channel !== event.channel),
      });
    default:
      return assertNever(event);
  }
}

/** Whether a worker was set aside. */
export function isQuarantined(run: Pick<Run, 'course'>, node: string): boolean {
  return run.course.quarantined.some((entry) => entry.node === node);
}

/** Whether a failed step is dealt with: its node was set aside for it, and nobody is asked about it. */
export function isSetAside(run: Pick<Run, 'course'>, step: StepKey): boolean {
  return run.course.quarantined.some((entry) => entry.step === step);
}

function triedAgain(record: StepRecord, at: StepRecord['retryAt']): StepRecord {
  return {
    ...record,
    status: 'retrying',
    ...(at === undefined ? {} : { retryAt: at }),
    budgetFrom: record.attempt + 1,
  };
}

function withRecord(steps: Run['steps'], record: StepRecord): Run['steps'] {
  return new Map(steps).set(record.key, record);
}
