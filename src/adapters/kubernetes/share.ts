import type { Followed } from '../../ports/kubernetes.ts';

/**
 * One stream of news for all who want it: begun for the first, ended with the last. Whoever comes later is told at once
 * what there is. Each takes the news at a pace of their own.
 * @param start begins the stream; it ends with the signal
 */
export function share<T>(
  start: (signal: AbortSignal) => AsyncIterable<Followed<T>>,
  idOf: (object: T) => string,
): (signal: AbortSignal) => AsyncGenerator<Followed<T>, void> {
  const listeners = new Set<Listener<T>>();
  let stream:
    | { readonly over: AbortController; readonly known: Map<string, T>; isKnown: boolean }
    | undefined;

  const begin = (): void => {
    const mine = { over: new AbortController(), known: new Map<string, T>(), isKnown: false };
    stream = mine;
    const tellAll = (news: Followed<T>): void => {
      for (const listener of listeners) listener.hear(news);
    };
    const run = async (): Promise<void> => {
      for await (const news of start(mine.over.signal)) {
        if (stream !== mine) return;
        remember(mine.known, news, idOf);
        mine.isKnown = news.kind === 'all' || (mine.isKnown && news.kind !== 'lost');
        tellAll(news);
      }
    };
    run().catch((error: unknown) => {
      if (stream !== mine) return;
      stream = undefined;
      for (const listener of listeners) listener.fail(error);
    });
  };

  return async function* (signal) {
    const listener = createListener<T>(signal);
    listeners.add(listener);
    try {
      if (!stream) begin();
      else if (stream.isKnown) listener.hear({ kind: 'all', objects: [...stream.known.values()] });
      yield* listener.news();
    } finally {
      listeners.delete(listener);
      if (listeners.size === 0) {
        stream?.over.abort();
        stream = undefined;
      }
    }
  };
}

function remember<T>(known: Map<string, T>, news: Followed<T>, idOf: (object: T) => string): void {
  if (news.kind === 'put') known.set(idOf(news.object), news.object);
  else if (news.kind === 'gone') known.delete(news.id);
  else if (news.kind === 'all') {
    known.clear();
    for (const object of news.objects) known.set(idOf(object), object);
  }
}

interface Listener<T> {
  hear(news: Followed<T>): void;
  fail(error: unknown): void;
  /** Ends with the signal; throws what it was failed with. */
  news(): AsyncGenerator<Followed<T>, void>;
}

function createListener<T>(signal: AbortSignal): Listener<T> {
  let waiting: Followed<T>[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  return {
    hear(news) {
      // What everything says anew makes all before it stale.
      if (news.kind === 'all') waiting = [];
      waiting.push(news);
      wake();
    },
    fail(error) {
      failure = { error };
      wake();
    },
    async *news() {
      const stop = (): void => wake();
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (!signal.aborted) {
          const next = waiting.shift();
          if (next) yield next;
          else if (failure) throw failure.error;
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
