import type { Instant } from '../../domain/names.ts';
import { instant } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import {
  type ActEnding,
  type ActRecord,
  type ActRef,
  keptOutput,
  type OutputPiece,
  type OutputStore,
} from '../../ports/output-store.ts';
import type { ActLog } from '../../ports/step-handler.ts';
import { clipped } from './clipped.ts';

export interface ActLogDeps {
  readonly store: Pick<OutputStore, 'beginAct' | 'keptTo' | 'keepOutput'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What was read waits so long for more, so that a talkative command is not a commit a line. */
const flushMs = 2_000;

/** In characters: a row that is read and removed as a whole. */
const longestPiece = 8 * 1024;
const longestLine = 4_000;

interface Line {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly at: Instant;
}

/** Of what waits to be written, as much is held in memory as would be kept, however fast it comes. */
const mostWaiting = 2 * (keptOutput.head + keptOutput.tail);
/** Beside its characters, what a line costs in memory. */
const costOf = ({ text }: Line): number => text.length + 64;

/**
 * Keeps what an act prints, and is safe to be fed the same output twice: what is stored already is passed over, line by
 * line. Never fails a step: what the store does not take is read from the node again later, and a warning says so.
 */
export function createActLog(deps: ActLogDeps, act: Omit<ActRecord, 'ending'>): ActLog {
  const { store, clock } = deps;
  let ref: ActRef = { base: act.base, attempt: act.attempt };
  let waiting: Line[] = [];
  let cost = 0;
  let queue = Promise.resolve();
  const closed = new AbortController();
  let isDue = false;

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    queue = queue.then(work).catch((error: unknown) => {
      deps.log.warn({ run: act.run, step: act.step, err: error }, 'what a command printed could not be kept');
    });
    return queue;
  };

  const write = async (ending?: ActRecord['ending']): Promise<void> => {
    await store.beginAct({ ...act, attempt: ref.attempt });
    // Asked for anew: a person who looks at a command that stands still has it read, too.
    const kept = await store.keptTo(ref);
    const lines = waiting;
    waiting = [];
    cost = 0;
    try {
      await store.keepOutput(ref, piecesOf(lines, kept), ending);
    } catch (error) {
      waiting = [...lines, ...waiting];
      cost = waiting.reduce((sum, line) => sum + costOf(line), 0);
      throw error;
    }
  };

  const later = async (): Promise<void> => {
    await clock.sleep(flushMs, closed.signal);
    isDue = false;
    if (!closed.signal.aborted) await inTurn(write);
  };

  const writeSoon = (): void => {
    if (isDue) return;
    isDue = true;
    void later();
  };

  void inTurn(() => store.beginAct(act));
  return {
    output(lines, { attempt, from, ends }) {
      if (closed.signal.aborted) return;
      // Nothing was read under another number before: an attempt is a link to an earlier one from its beginning.
      ref = { ...ref, attempt };
      const at = instant(clock.now());
      lines.forEach((text, index) => {
        const line = { text: cut(text), from: ends[index - 1] ?? from, to: ends[index] ?? from, at };
        waiting.push(line);
        cost += costOf(line);
      });
      if (cost > mostWaiting) {
        waiting = withoutMiddle(waiting);
        cost = waiting.reduce((sum, line) => sum + costOf(line), 0);
      }
      writeSoon();
    },
    async ended(ending?: ActEnding) {
      if (closed.signal.aborted) return;
      closed.abort();
      await inTurn(() => write(ending && { ...ending, at: instant(clock.now()) }));
    },
  };
}

/** Lines that are not stored yet, together where nothing lies between them. */
function piecesOf(lines: readonly Line[], kept: number): OutputPiece[] {
  const pieces: { from: number; to: number; at: Instant; lines: string[] }[] = [];
  let size = 0;
  for (const { text, from, to, at } of lines) {
    if (to <= kept) continue;
    const last = pieces.at(-1);
    size += text.length;
    if (last && last.to === from && last.at === at && size <= longestPiece) {
      last.lines.push(text);
      last.to = to;
    } else {
      pieces.push({ from: Math.max(from, kept), to, at, lines: [text] });
      size = text.length;
    }
  }
  return pieces;
}

function withoutMiddle(lines: readonly Line[]): Line[] {
  let size = 0;
  const head = lines.findIndex((line) => (size += costOf(line)) > keptOutput.head);
  size = 0;
  const tail = lines.findLastIndex((line) => (size += costOf(line)) > keptOutput.tail);
  return [...lines.slice(0, head), ...lines.slice(Math.max(head, tail + 1))];
}

function cut(line: string): string {
  if (line.length <= longestLine) return line;
  const head = clipped(line, longestLine);
  return `${head} … ${line.length - head.length} characters left out`;
}
