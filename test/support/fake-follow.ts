import { StepFailure } from '../../src/domain/failure.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Followed } from '../../src/ports/kubernetes.ts';
import type { WatchedMap } from './watched-map.ts';

/**
 * Follows a map as an API server would let it be followed: all, then each change; lost while `unavailable`, then all
 * again. `broken` rings when a test cuts the watch.
 */
export async function* fakeFollow<T>(
  map: WatchedMap<string, T>,
  options: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly matches: (object: T) => boolean;
    readonly unavailable: () => boolean;
    /** Counts up with every cut. */
    readonly cuts: () => number;
    /** No news come through while it is true: a watch that is open and dead. */
    readonly deaf: () => boolean;
  },
): AsyncGenerator<Followed<T>, void> {
  const { clock, signal, matches, unavailable, cuts, deaf } = options;
  while (!signal.aborted) {
    if (unavailable()) {
      const failure = new StepFailure('kubernetes.unavailable', 'No API server answers.');
      yield { kind: 'lost', failure: failure.toFailure() };
      await clock.sleep(1_000, signal);
      continue;
    }
    const cut = cuts();
    const news = new Set<string>();
    let bell = new AbortController();
    const known = new Set<string>();
    const unwatch = map.watch((key) => {
      if (deaf()) return;
      news.add(key);
      bell.abort();
    });
    try {
      const objects = [...map].filter(([, object]) => matches(object));
      for (const [key] of objects) known.add(key);
      yield { kind: 'all', objects: objects.map(([, object]) => object) };
      while (!signal.aborted && cut === cuts() && !unavailable()) {
        for (const key of news) {
          news.delete(key);
          const object = map.get(key);
          if (object !== undefined && matches(object)) {
            known.add(key);
            yield { kind: 'put', object };
          } else if (known.delete(key)) yield { kind: 'gone', id: key };
        }
        if (news.size > 0) continue;
        bell = new AbortController();
        await rung(AbortSignal.any([bell.signal, signal]));
      }
    } finally {
      unwatch();
    }
  }
}

function rung(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
