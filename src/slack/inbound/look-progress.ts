import type { Clock } from '../../ports/clock.ts';
import type { ShownProgress } from '../projection/look-progress.ts';

/** Follows how far a look has come and says so at chosen moments, until it is told that the look is over. */
export interface ProgressTeller {
  readonly onProgress: (progress: ShownProgress) => void;
  /** Nothing is said after this; resolves when what was being said is through. */
  stop(): Promise<void>;
}

/**
 * Says how far a look is at some moments after its beginning: the later, the rarer, because each may be one more line in
 * somebody's channel. Nothing is said twice.
 * @param momentsMs after the beginning; the look may be over before the first
 * @param say what cannot be said is let go: nothing waits for it
 */
export function createProgressTeller(
  clock: Pick<Clock, 'sleep'>,
  momentsMs: readonly number[],
  say: (progress: ShownProgress | undefined) => Promise<void>,
): ProgressTeller {
  const over = new AbortController();
  let newest: ShownProgress | undefined;
  const tell = async (): Promise<void> => {
    let past = 0;
    let said: ShownProgress | undefined;
    let first = true;
    for (const moment of momentsMs) {
      await clock.sleep(moment - past, over.signal);
      if (over.signal.aborted) return;
      past = moment;
      if (!first && said === newest) continue;
      first = false;
      said = newest;
      await say(newest);
    }
  };
  const telling = tell().catch(() => undefined);
  return {
    onProgress(progress) {
      newest = progress;
    },
    async stop() {
      over.abort();
      await telling;
    },
  };
}
