import type { RunEvent } from '../../src/domain/event.ts';
import { instant } from '../../src/domain/names.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { hasEnded, type Run } from '../../src/domain/run.ts';
import type { Step, StepKind } from '../../src/domain/step.ts';
import type { StepHandler, StepHandlers } from '../../src/ports/step-handler.ts';
import { createBell, driveRun } from '../../src/run/executor/drive.ts';
import type { Journal } from '../../src/run/record/journal.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import { transitions } from '../../src/run/record/transition.ts';
import { Crash } from './effects.ts';
import { ManualClock } from './manual-clock.ts';
import { noOutputs } from './no-outputs.ts';
import { amir, channel, dana, runId } from './sample-plan.ts';
import { silentLog } from './silent-log.ts';

/** A run that is driven in virtual time, its record kept in memory: hours pass in milliseconds, and a process may die. */
export interface VirtualRun {
  readonly clock: ManualClock;
  readonly events: RunEvent[];
  run(): Run;
  /** Commits what a person does, and wakes the driver. */
  byPerson(decide: (run: Run, at: ReturnType<typeof instant>) => readonly RunEvent[]): void;
  /**
   * Drives it until it has ended or `enough` holds, a new process after every death; throws when that takes longer.
   * @param deaths commits (counted over all processes) at which a process dies: before it, or after it
   */
  drive(options?: {
    enough?: (run: Run) => boolean;
    deaths?: ReadonlyMap<number, 'before' | 'after'>;
    longestMs?: number;
  }): Promise<Run>;
  /** Commits so far. */
  commits(): number;
}

/** An approved run of a plan at a moment (milliseconds since the epoch). */
export function virtualRun(
  plan: Plan,
  handlersOf: (clock: ManualClock) => StepHandlers,
  options: {
    now?: number;
    before?: (run: Run) => readonly RunEvent[];
    onEvent?: (event: RunEvent, run: Run) => void;
  } = {},
): VirtualRun {
  const clock = new ManualClock(options.now);
  const at = () => instant(clock.now());
  const proposal = { id: runId, plan, requestedBy: dana, channel, now: clock.now(), expireAfterMinutes: 60 };
  const proposed = newRun(proposal);
  const events: RunEvent[] = [...proposed.events];
  let run = proposed.run;
  let commits = 0;
  const append = (news: readonly RunEvent[]): void => {
    for (const event of news) {
      run = transitions(run, [event]);
      events.push(event);
      options.onEvent?.(event, run);
    }
  };
  append(options.before?.(run) ?? []);
  append([
    { kind: 'approval-given', at: at(), by: amir, digest: plan.digest },
    { kind: 'run-approved', at: at() },
  ]);
  const handlers = handlersOf(clock);
  let bell = createBell();

  const process = async (deaths: ReadonlyMap<number, 'before' | 'after'>, signal: AbortSignal) => {
    let dead = false;
    const journal: Journal = {
      get run() {
        return run;
      },
      async append(decide) {
        if (dead) throw new Crash('dead already');
        const news = decide(run);
        if (news.length === 0) return run;
        commits += 1;
        const death = deaths.get(commits);
        dead = death !== undefined;
        if (death === 'before') throw new Crash('died before a commit');
        append(news);
        if (death === 'after') throw new Crash('died after a commit');
        return run;
      },
      refresh: async () => run,
    };
    const store = {
      ...noOutputs,
      addBackup: async () => undefined,
      events: async () => events.map((event, index) => ({ run: run.id, seq: index + 1, event })),
    };
    const upkeep = { stopAct: async () => false, readOutput: async () => ({ status: 'none' }) as const };
    const deps = { store, handlers, upkeep, clock, log: silentLog, random: () => 0.5 };
    try {
      await driveRun(deps, journal, bell, 1, signal);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  };

  return {
    clock,
    events,
    run: () => run,
    commits: () => commits,
    byPerson(decide) {
      append(decide(run, at()));
      bell.ring();
    },
    async drive({ enough = () => false, deaths = new Map(), longestMs = 40 * 24 * 3_600_000 } = {}) {
      const end = clock.now() + longestMs;
      while (!hasEnded(run) && !enough(run)) {
        bell = createBell();
        const stop = new AbortController();
        const over = { is: false };
        const driving = process(deaths, stop.signal).finally(() => {
          over.is = true;
        });
        driving.catch(() => undefined);
        await clock.settle();
        while (!over.is && !enough(run)) {
          if (clock.now() > end) throw new Error(`the run is ${run.status} after all that time`);
          await clock.advance(Math.max(1, (clock.nextWake() ?? clock.now() + 1_000) - clock.now()));
        }
        stop.abort();
        bell.ring();
        await clock.advance(1);
        await driving;
      }
      return run;
    },
  };
}

/** Effects as of a world, each of which takes some seconds of the virtual time. */
export function slowly(
  handlers: StepHandlers,
  clock: ManualClock,
  secondsOf: (step: Step) => number = () => 5,
): StepHandlers {
  const slow = new Map<StepKind, StepHandler<Step>>();
  const wrapped = (kind: StepKind): StepHandler<Step> => {
    const handler = handlers[kind] as StepHandler<Step>;
    return {
      ...handler,
      async act(step, context) {
        await clock.sleep(secondsOf(step) * 1_000, context.signal);
        if (context.signal.aborted) throw new Crash('stopped');
        await handler.act(step, context);
      },
    };
  };
  return new Proxy({} as StepHandlers, {
    get(_, kind: StepKind) {
      const known = slow.get(kind) ?? wrapped(kind);
      slow.set(kind, known);
      return known;
    },
  });
}
