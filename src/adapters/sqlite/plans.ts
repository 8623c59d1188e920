import { setImmediate } from 'node:timers/promises';
import type { RunId } from '../../domain/names.ts';
import { Plan, stepsOf } from '../../domain/plan.ts';
import type { Step } from '../../domain/step.ts';
import type { Connection } from './store-failure.ts';

/** Plans never change and can be large (a thousand nodes: megabytes), so those asked for last are kept parsed. */
const plansKept = 32;

/** Plans of runs. One that somebody still holds is given again without being read, however many others there are. */
export function planStatements(db: Connection) {
  const insert = db.prepare('INSERT INTO plans (run, body) VALUES (?, ?)');
  const select = db.prepare<[string], string>('SELECT body FROM plans WHERE run = ?').pluck();
  const newest = new Map<RunId, Plan>();
  const held = new Map<RunId, WeakRef<Plan>>();
  const stepsByKey = new WeakMap<Plan, ReadonlyMap<string, Step>>();

  const keep = (id: RunId, plan: Plan): Plan => {
    newest.delete(id);
    newest.set(id, plan);
    const eldest = newest.keys().next();
    if (newest.size > plansKept && !eldest.done) newest.delete(eldest.value);
    if (held.get(id)?.deref() !== plan) held.set(id, new WeakRef(plan));
    if (held.size > 4 * plansKept) {
      for (const [other, reference] of held) if (reference.deref() === undefined) held.delete(other);
    }
    return plan;
  };
  const inMemory = (id: RunId): Plan | undefined => newest.get(id) ?? held.get(id)?.deref();
  let turns: Promise<unknown> = Promise.resolve();
  const of = (id: RunId): Plan | undefined => {
    const known = inMemory(id);
    if (known) return keep(id, known);
    const body = select.get(id);
    return body === undefined ? undefined : keep(id, Plan.parse(JSON.parse(body)));
  };

  return {
    add: (id: RunId, plan: Plan): void => {
      insert.run(id, JSON.stringify(plan));
    },
    keep,
    /** Undefined where the run, or its details, are gone. */
    of,
    /**
     * Waits until it is the turn of a plan that has to be read. Each takes tens of milliseconds, and a start reads those of all
     * unfinished runs: between two of them everything else goes on.
     */
    turn: async (id: RunId): Promise<void> => {
      if (inMemory(id)) return;
      turns = turns.then(() => setImmediate());
      await turns;
    },
    forget: (id: RunId): void => {
      newest.delete(id);
      held.delete(id);
    },
    /** The step of a run's plan with a key; undefined for what follows from the record alone. */
    step: (id: RunId, key: string): Step | undefined => {
      const plan = of(id);
      if (!plan) return undefined;
      const steps = stepsByKey.get(plan) ?? new Map(stepsOf(plan).map((step) => [step.key as string, step]));
      stepsByKey.set(plan, steps);
      return steps.get(key);
    },
  };
}
