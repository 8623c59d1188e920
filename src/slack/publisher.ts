import type { RunId } from '../domain/names.ts';
import { type RunStatus, underWayStatuses } from '../domain/run.ts';
import type { Trouble } from '../domain/trouble.ts';
import type { Pressed } from './projection/context.ts';
import type { PublisherDeps, Shared } from './publisher/deps.ts';
import type { Teller } from './publisher/next.ts';
import { createPacer, slackPace } from './publisher/pacer.ts';
import { createTeller } from './publisher/teller.ts';
import { createWakeup, type Wakeup } from './publisher/wakeup.ts';

export type { PublisherDeps } from './publisher/deps.ts';
export { type Pace, slackPace } from './publisher/pacer.ts';

export interface Publisher {
  /** Something of the run was committed. Cheap; calls are merged. */
  wake(run: RunId): void;
  /** A button was pressed: until the returned function is called, the message shows that instead of buttons. */
  press(run: RunId, pressed: Pressed): () => void;
  /** A run cannot go on, and why (undefined: it can again): its message says so instead of looking alive. */
  trouble(run: RunId, trouble: Trouble | undefined): void;
  /** Takes up the telling of every run that is not over, and of every one that was not told to its end. */
  start(): Promise<void>;
  /** Tells what is still untold, for at most `capMs`, and stops. */
  stop(capMs?: number): Promise<void>;
}

const notOver: readonly RunStatus[] = ['proposed', ...underWayStatuses];

const afterErrorMs = 5_000;
const defaultCapMs = 5_000;

interface Entry {
  readonly teller: Teller;
  readonly wakeup: Wakeup;
  readonly ended: Promise<void>;
}

/**
 * The one writer of runs' messages. Slack is a projection of the stored events: whatever happened, reading on from what
 * was told brings the channel up to date (docs/decisions/0003).
 */
export function createPublisher(deps: PublisherDeps): Publisher {
  const pace = deps.pace ?? slackPace;
  const entries = new Map<RunId, Entry>();
  const busy = () => [...entries.values()].filter(({ teller }) => teller.isBusy()).length;
  const shared: Shared = {
    deps,
    pace,
    pacer: createPacer(pace),
    time: () => deps.clock.elapsed(),
    rich: true,
    takesFiles: true,
    letsLook: true,
    busy,
  };
  const stopped = new AbortController();
  let flushing = false;

  function entryOf(run: RunId): Entry {
    const known = entries.get(run);
    if (known !== undefined) return known;
    const teller = createTeller(shared, run);
    const wakeup = createWakeup(deps.clock);
    const entry = { teller, wakeup, ended: tell(run, teller, wakeup) };
    entries.set(run, entry);
    return entry;
  }

  async function tell(run: RunId, teller: Teller, wakeup: Wakeup): Promise<void> {
    // The entry is in the map before its teller does anything.
    await Promise.resolve();
    while (!stopped.signal.aborted) {
      let waitMs = afterErrorMs;
      try {
        const next = await teller.turn(flushing);
        if (next.status === 'over') break;
        waitMs = next.inMs;
      } catch (error) {
        deps.log.error({ run, error }, 'telling a run failed');
        if (flushing) break;
      }
      if (waitMs > 0) await wakeup.sleep(waitMs, stopped.signal);
    }
    entries.delete(run);
    if (teller.hasNews() && !stopped.signal.aborted && !flushing) entryOf(run);
  }

  return {
    wake(run) {
      if (stopped.signal.aborted) return;
      const { teller, wakeup } = entryOf(run);
      teller.touch();
      wakeup.call();
    },
    press(run, pressed) {
      const entry = entries.get(run);
      if (entry === undefined) return () => undefined;
      const release = entry.teller.press(pressed);
      entry.wakeup.call();
      return () => {
        release();
        entry.wakeup.call();
      };
    },
    trouble(run, trouble) {
      const entry = entries.get(run);
      entry?.teller.trouble(trouble);
      entry?.wakeup.call();
    },
    async start() {
      const open = await deps.store.heads({ statuses: notOver });
      const behind = await deps.store.unfinishedTellings();
      for (const run of new Set([...open.map(({ id }) => id), ...behind.map((telling) => telling.run)])) {
        entryOf(run);
      }
    },
    async stop(capMs = defaultCapMs) {
      flushing = true;
      const told = Promise.all(
        [...entries.values()].map(({ wakeup, ended }) => {
          wakeup.call();
          return ended;
        }),
      );
      const enough = new AbortController();
      await Promise.race([told, deps.clock.sleep(capMs, enough.signal)]);
      enough.abort();
      // A call that Slack has not answered may still be under way: what it was posting is written down.
      stopped.abort();
    },
  };
}
