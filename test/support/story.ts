import type { RunEvent, StoredEvent } from '../../src/domain/event.ts';
import { ChannelId, type Instant, instant, RunId, UserId } from '../../src/domain/names.ts';
import { type Plan, stepsOf } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Step } from '../../src/domain/step.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import { transition } from '../../src/run/record/transition.ts';

export const people = {
  dana: UserId.parse('U00000DANA'),
  amir: UserId.parse('U00000AMIR'),
  li: UserId.parse('U000000OLI'),
  sam: UserId.parse('U00000SAM1'),
};
export const opsChannel = ChannelId.parse('C00PRODEUOPS');
export const storyRun = RunId.parse('k7f3ab');
export const beginning = Date.parse('2026-11-23T09:00:00.000Z');

/** Events as a test gives them: the story stamps them with its own time. */
type Untimed = RunEvent extends infer E ? (E extends { at: unknown } ? Omit<E, 'at'> : never) : never;

/** A run that a test tells event by event, with time going on between them. */
export class Story {
  run: Run;
  readonly events: StoredEvent[] = [];
  now: number;

  constructor(plan: Plan, options: { id?: RunId; now?: number } = {}) {
    this.now = options.now ?? beginning;
    const { run, events } = newRun({
      id: options.id ?? storyRun,
      plan,
      requestedBy: people.dana,
      channel: opsChannel,
      now: this.now,
      expireAfterMinutes: plan.policy.approvals.expireAfterMinutes,
    });
    this.run = run;
    this.#keep(events);
  }

  /** Lets time go by. */
  wait(seconds: number): this {
    this.now += seconds * 1_000;
    return this;
  }

  /** The moment so many seconds from now. */
  in(seconds: number): Instant {
    return instant(this.now + seconds * 1_000);
  }

  tell(...events: readonly Untimed[]): this {
    for (const event of events) {
      const timed: RunEvent = { ...event, at: instant(this.now) };
      this.run = transition(this.run, timed);
      this.#keep([timed]);
    }
    return this;
  }

  approve(...by: readonly UserId[]): this {
    for (const user of by)
      this.wait(60).tell({ kind: 'approval-given', by: user, digest: this.run.plan.digest });
    return this.tell({ kind: 'run-approved' });
  }

  begin(): this {
    return this.wait(2).tell({ kind: 'run-started' });
  }

  start(step: Step): this {
    const attempt = (this.run.steps.get(step.key)?.attempt ?? 0) + 1;
    return this.tell({ kind: 'step-started', step: step.key, attempt });
  }

  succeed(step: Step, facts: Record<string, string> = {}, alreadyDone = false): this {
    const attempt = this.run.steps.get(step.key)?.attempt ?? 1;
    return this.tell({ kind: 'step-succeeded', step: step.key, attempt, alreadyDone, facts });
  }

  /** Does all steps that come before one, one after the other, some seconds each. */
  until(stop: (step: Step) => boolean, seconds = 20): this {
    for (const step of stepsOf(this.run.plan)) {
      if (stop(step)) return this;
      if (this.run.steps.get(step.key)?.status === 'succeeded') continue;
      if (this.run.steps.get(step.key)?.status === 'skipped') continue;
      this.start(step).wait(seconds).succeed(step);
    }
    return this;
  }

  step(match: (step: Step) => boolean): Step {
    const step = stepsOf(this.run.plan).find(match);
    if (step === undefined) throw new Error('the plan has no such step');
    return step;
  }

  #keep(events: readonly RunEvent[]): void {
    for (const event of events) {
      this.events.push({ run: this.run.id, seq: this.events.length + 1, event });
    }
  }
}
