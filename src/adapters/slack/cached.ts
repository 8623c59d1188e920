import type { Clock } from '../../ports/clock.ts';

export interface Cached<K, V> {
  /** The kept value if it is young enough, else a new one. Callers at the same time share one question. */
  get(key: K): Promise<V>;
  /** A new value in any case, kept for the others. */
  refresh(key: K): Promise<V>;
}

/**
 * Keeps answers for a while, counted from the moment the question was asked. A failed question keeps nothing, not even
 * the older answer: what decides rights must not outlive its time because Slack is away.
 */
export function cached<K, V>(
  options: { clock: Pick<Clock, 'now'>; maxAgeMs: number; maxEntries: number },
  ask: (key: K) => Promise<V>,
): Cached<K, V> {
  const entries = new Map<K, { askedAt: number; answer: Promise<V> }>();

  function refresh(key: K): Promise<V> {
    const answer = ask(key);
    const entry = { askedAt: options.clock.now(), answer };
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > options.maxEntries) {
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    }
    answer.catch(() => {
      if (entries.get(key) === entry) entries.delete(key);
    });
    return answer;
  }

  return {
    refresh,
    get(key) {
      const entry = entries.get(key);
      const ageMs = entry === undefined ? Infinity : options.clock.now() - entry.askedAt;
      // Of a clock that was set back nobody knows how old the answer is.
      return entry !== undefined && ageMs >= 0 && ageMs < options.maxAgeMs ? entry.answer : refresh(key);
    },
  };
}
