import { Crash } from './effects.ts';

export interface CrashPoint {
  /** The number of the effect, from 1, counted over all processes. */
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** Lets the process die around calls that have an effect; what the call did stays done. */
export function crashPoints(points: readonly CrashPoint[]) {
  let count = 0;
  let armed = true;
  const dieAt = (when: CrashPoint['when']): void => {
    if (armed && points.some((point) => point.at === count && point.when === when))
      throw new Crash(`${when} effect ${count}`);
  };
  return {
    /** From now on nothing dies. */
    disarm: () => {
      armed = false;
    },
    /** How many effects there were. */
    count: () => count,
    /** The port, dying around the methods that are named. */
    around<Port extends object>(port: Port, effects: readonly (keyof Port & string)[]): Port {
      return new Proxy(port, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function' || !effects.includes(name as keyof Port & string)) return value;
          return async (...args: unknown[]): Promise<unknown> => {
            count += 1;
            dieAt('before');
            const result: unknown = await Reflect.apply(value, target, args);
            dieAt('after');
            return result;
          };
        },
      });
    },
  };
}
