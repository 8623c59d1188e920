import { maskSecrets } from '../../domain/credentials.ts';
import type { Step } from '../../domain/step.ts';
import type { ActRecord, OutputPiece } from '../../ports/output-store.ts';
import { stepName } from '../projection/step-words.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { withoutInvisible } from '../text/untrusted.ts';

/** An act with what is kept of its output. */
export interface PrintedAct {
  readonly act: ActRecord;
  readonly pieces: readonly OutputPiece[];
}

/** `412 bytes`, `412 KB`, `3.4 MB`: in thousands, as disks are counted. */
function bytesText(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const kilobytes = bytes / 1_000;
  return kilobytes < 999.5 ? `${Math.round(kilobytes)} KB` : `${(kilobytes / 1_000).toFixed(1)} MB`;
}

/** What is left out is said where it would stand. */
export const leftOut = (bytes: number): string => `… ${bytesText(bytes)} left out …`;

/** `w-04 · install kubeadm v1.34.9 · try 2`: which act, without markup. */
export function actName(step: Step | undefined, act: ActRecord): string {
  const what = step === undefined ? act.purpose : stepName(step);
  return [act.node, what, ...(act.attempt > 1 ? [`try ${act.attempt}`] : [])].join(' · ');
}

/** `exit status 100 after 48 s`, `still runs, as far as is known`: how it stands, without markup. */
export function actEnding({ beganAt, ending }: ActRecord): string {
  if (ending === undefined) return 'not seen to have ended';
  const seconds = secondsBetween(beganAt, ending.at);
  const after = seconds < 1 ? 'at once' : `after ${duration(seconds)}`;
  return ending.status === 'exited'
    ? `exit status ${ending.code} ${after}`
    : `nobody can tell how it ended (${ending.reason})`;
}

/** What an act printed, line by line, with a line where something is missing. The last look for secrets is taken here. */
export function outputLines({ pieces }: PrintedAct, stamped: boolean): string[] {
  let end = 0;
  return pieces.flatMap(({ from, to, at, lines }) => {
    const gap = from > end ? [leftOut(from - end)] : [];
    end = to;
    const stamp = stamped ? `${clock(at)} ` : '';
    return [...gap, ...lines.map((line) => `${stamp}${readable(line)}`)];
  });
}

/** Nothing that cannot be seen, nothing that is secret. */
function readable(line: string): string {
  return maskSecrets(withoutInvisible(line));
}

/** `10:31:07Z` */
export function clock(at: string): string {
  return `${at.slice(11, 19)}Z`;
}

/** `2026-11-23 10:31:07Z` */
export function dateAndClock(at: string): string {
  return `${at.slice(0, 10)} ${clock(at)}`;
}
