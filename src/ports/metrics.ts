import type { ClusterName } from '../domain/names.ts';

/** One series of a query's answer, with its value at the time of asking. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and the infinities are values, too. */
  readonly value: number;
}

/** A Prometheus, or what speaks its HTTP API. */
export interface Metrics {
  /**
   * Evaluates an expression now. A scalar is one sample without labels. Throws StepFailure `metrics.unavailable` (no
   * answer in time, a server that is not well) or `metrics.refused` (the query or the token is not accepted).
   */
  query(expression: string): Promise<readonly Sample[]>;
}

/** Gives a cluster's Prometheus; undefined where none is configured. */
export type MetricsOf = (cluster: ClusterName) => Metrics | undefined;

/** Whether an expression that says "all is well" holds: it gives at least one sample, and none that is 0 or NaN. */
export function holds(samples: readonly Sample[]): boolean {
  return samples.length > 0 && samples.every(({ value }) => value !== 0 && !Number.isNaN(value));
}
