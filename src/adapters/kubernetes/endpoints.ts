import type { Clock } from '../../ports/clock.ts';

/** Which API servers to ask, and in which order. The first is preferred; one that failed is left alone for a while. */
export interface Endpoints {
  /** All of them, best first; asked for anew with every call. */
  inOrder(): string[];
  answered(endpoint: string): void;
  /** True when it was thought well of until now. */
  failed(endpoint: string): boolean;
}

const firstPauseMs = 15_000;
const longestPauseMs = 120_000;
/** While one call tries out an endpoint whose pause is over, the others stay where things work. */
const trialMs = 5_000;

/** @param urls in order of preference, each once */
export function createEndpoints(urls: readonly string[], clock: Clock): Endpoints {
  const troubled = new Map<string, { failures: number; avoidUntil: number }>();
  const pauseEnd = (url: string): number => troubled.get(url)?.avoidUntil ?? 0;
  return {
    inOrder() {
      const now = clock.elapsed();
      const usable = urls.filter((url) => pauseEnd(url) <= now);
      const avoided = urls.filter((url) => pauseEnd(url) > now).sort((a, b) => pauseEnd(a) - pauseEnd(b));
      const first = usable[0];
      const trial = first === undefined ? undefined : troubled.get(first);
      if (trial && urls.length > 1) trial.avoidUntil = now + trialMs;
      return [...usable, ...avoided];
    },
    answered(url) {
      troubled.delete(url);
    },
    failed(url) {
      const failures = (troubled.get(url)?.failures ?? 0) + 1;
      const pause = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
      troubled.set(url, { failures, avoidUntil: clock.elapsed() + pause });
      return failures === 1;
    },
  };
}
