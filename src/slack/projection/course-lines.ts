import { assertNever } from '../../domain/assert-never.ts';
import type { Parked } from '../../domain/course.ts';
import type { CourseEvent } from '../../domain/course-event.ts';
import type { RunEventOf } from '../../domain/event.ts';
import { stepsOf } from '../../domain/plan.ts';
import { ownerOf, type Run } from '../../domain/run.ts';
import { moment } from '../text/moment.ts';
import { runbookWords } from '../text/runbook.ts';
import { code, escaped, short } from '../text/untrusted.ts';
import type { ProjectionContext } from './context.ts';
import { mention, quietly } from './people.ts';
import { asSentence, stepName, withoutNode } from './step-words.ts';

interface Said {
  readonly text: string;
  readonly sentence?: string;
  readonly needed?: boolean;
  readonly broadcast?: boolean;
}

/** What holds a run, as the end of a sentence: `outside the window until 22:00`. */
export function parkedText(
  { for: what, until, reason }: Parked | RunEventOf<'run-parked'>,
  now: number,
): string {
  const end = until === undefined ? '' : ` until ${moment(until, now)}`;
  switch (what) {
    case 'window':
      return `outside the window${end}`;
    case 'freeze':
      return `frozen${reason === undefined ? '' : ` (${short(reason, 120)})`}${end}`;
    case 'incident':
      return `held by an incident${reason === undefined ? '' : ` (${short(reason, 120)})`} until it is over`;
    case 'start':
      return `scheduled to start${until === undefined ? '' : ` at ${moment(until, now)}`}`;
    case 'pause':
      return `pausing between batches${end}`;
    default:
      return assertNever(what);
  }
}

/** The same by itself: `parked: outside the window until 22:00`. */
export function parkedState(parked: Parked, now: number): string {
  return parked.for === 'pause' ? parkedText(parked, now) : `parked: ${parkedText(parked, now)}`;
}

/** What the thread says of a run's course; undefined for what the parent message shows well enough. */
export function courseLine(event: CourseEvent, run: Run, context: ProjectionContext): Said | undefined {
  const who = 'by' in event ? quietly(event.by, context) : '';
  switch (event.kind) {
    case 'run-scheduled':
      return { text: `${who} wants it to start at ${moment(event.startAt, context.now)}, not before` };
    case 'run-parked':
      // A pause between two batches comes as often as there are batches.
      return event.for === 'pause'
        ? undefined
        : { text: `🅿️ parked: ${parkedText(event, context.now)}; it goes on by itself` };
    case 'run-unparked':
      return undefined;
    case 'node-quarantined':
      return quarantined(event, run, context);
    case 'quarantine-lifted':
      return { text: `${who} took ${event.node} out of quarantine, to be tried again` };
    case 'gate-voted':
      return { text: event.choice === 'open' ? `${who} opened the gate` : `${who} said yes at the gate` };
    case 'incident-declared':
      return {
        text: `🚨 ${who} declared ${incidentName(event.name)}: nothing new is begun until it is over`,
      };
    case 'incident-ended':
      return { text: `${who} says that the incident is over` };
    default:
      return assertNever(event);
  }
}

function incidentName(name: string): string {
  return `incident ${escaped(name)}`;
}

/** A person should look at the node, though the run does not wait for it: told to the channel. */
function quarantined(
  { node, failure, step }: RunEventOf<'node-quarantined'>,
  run: Run,
  context: ProjectionContext,
): Said {
  const { policy } = run.plan;
  const why = asSentence(short(withoutNode(failure.message, node), 400));
  const all = run.course.quarantined.length;
  const failed = stepsOf(run.plan).find(({ key }) => key === step);
  return {
    text: [
      `🟠 *${run.cluster}: ${node} is in quarantine* (${mention(ownerOf(run))}) · ${code(failure.code)}`,
      why,
      `What failed: ${failed === undefined ? code(step) : stepName(failed)}. The node is cordoned and labelled, and the others go on.`,
      `*What now* Mend it, then press Retry ${all > 1 ? 'those in quarantine' : node} on the run’s message. ${budgetText(Math.max(1, all), policy.workers.failureBudget)} ${runbookWords(context.runbooks, failure.code)}`,
    ].join('\n'),
    sentence: `${run.cluster}: ${node} is in quarantine, the others go on. ${why}`,
    needed: true,
    broadcast: true,
  };
}

/** How near the run is to stopping, by the failure budget. */
function budgetText(all: number, budget: number): string {
  const left = budget - all;
  return left <= 0
    ? `That is all that may fail (${budget}): the next one stops the run.`
    : `${all} of ${budget} that may fail.`;
}
