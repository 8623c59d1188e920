import { setImmediate } from 'node:timers/promises';
import { maskSecrets } from '../../domain/credentials.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run, StepRecord } from '../../domain/run.ts';
import { nodeOf, type Step } from '../../domain/step.ts';
import type { ActRecord, OutputStore } from '../../ports/output-store.ts';
import { stepName } from '../projection/step-words.ts';
import { route } from '../projection/title.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { withoutInvisible } from '../text/untrusted.ts';
import { actText } from './act-file.ts';
import { clock, dateAndClock } from './act-lines.ts';

/** In characters. Slack takes far larger files; nobody reads them, and it all is in memory at once. */
const longestLog = 6_000_000;
/** Of an act that has more than its share: so much at least. */
const leastOfAct = 800;

/** Acts read between two turns of the event loop. */
const actsAtOnce = 20;

/**
 * The log of a whole run as a text file: every step that was begun, in order of time, with all that its acts printed.
 * Where that is too much, acts are shortened in their middles, each by what it has beyond its share, and say so.
 */
export async function runLog(
  run: Run,
  acts: readonly ActRecord[],
  store: Pick<OutputStore, 'output'>,
): Promise<string> {
  const ofStep = Map.groupBy(acts, ({ step }) => step);
  const steps = stepsOf(run.plan)
    .flatMap((step) => {
      const record = run.steps.get(step.key);
      return record === undefined ? [] : [{ step, record }];
    })
    .toSorted((a, b) => (a.record.startedAt ?? '').localeCompare(b.record.startedAt ?? ''));

  const text: string[] = [...heading(run), ''];
  let left = longestLog;
  let actsLeft = acts.length;
  for (const { step, record } of steps) {
    text.push(stepLine(step, record));
    for (const act of ofStep.get(step.key) ?? []) {
      if (actsLeft % actsAtOnce === 0) await setImmediate();
      const share = Math.max(leastOfAct, left / actsLeft);
      const lines = shortened(run, actText(step, { act, pieces: await store.output(act) }), share);
      actsLeft -= 1;
      left -= lines.reduce((sum, line) => sum + line.length + 1, 0);
      text.push('', ...lines, '');
    }
  }
  return `${text.join('\n')}\n`;
}

function heading(run: Run): string[] {
  const ended = run.endedAt === undefined ? '' : ` · ended ${dateAndClock(run.endedAt)}`;
  return [
    `${route(run)} · run ${run.id} · ${run.status}`,
    `begun ${dateAndClock(run.startedAt ?? run.createdAt)}${ended} · all times are UTC`,
    'What looks like a secret is masked. Of long outputs the beginning and the end are kept.',
  ];
}

/** `10:31:07Z cp-2 · drain · succeeded after 48 s`. */
function stepLine(step: Step, { startedAt, endedAt, status, attempt, failure }: StepRecord): string {
  const took =
    startedAt === undefined || endedAt === undefined
      ? ''
      : ` after ${duration(secondsBetween(startedAt, endedAt))}`;
  const why = failure === undefined || status === 'succeeded' ? [] : [`${failure.code}: ${failure.message}`];
  const words = [
    `${startedAt === undefined ? '' : clock(startedAt)} ${nodeOf(step) ?? 'cluster'}`.trim(),
    stepName(step),
    `${status}${took}`,
    ...(attempt > 1 ? [`try ${attempt}`] : []),
    ...why,
  ];
  return maskSecrets(withoutInvisible(words.join(' · ')));
}

/** Lines from both ends until the share is used up: the end, which says how it went, gets three quarters. */
function shortened(run: Run, lines: readonly string[], share: number): readonly string[] {
  const whole = lines.reduce((sum, line) => sum + line.length + 1, 0);
  if (whole <= share) return lines;
  let size = 0;
  const head = lines.findIndex((line) => (size += line.length + 1) > share / 4);
  size = 0;
  const tail = lines.findLastIndex((line) => (size += line.length + 1) > (share * 3) / 4) + 1;
  if (tail <= head) return lines;
  const hidden = lines.slice(head, tail);
  return [
    ...lines.slice(0, head),
    `… ${hidden.length} lines left out here: /k8s-upgrade output ${run.id} has them …`,
    ...lines.slice(tail),
  ];
}
