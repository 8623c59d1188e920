import { isQuick } from './quick.ts';

/** One number that a bench has measured. */
export interface Measurement {
  readonly bench: string;
  readonly what: string;
  readonly value: number;
  /** `x` is a ratio to a peer that was measured in the same run. */
  readonly unit: 'ms' | 's' | 'MB' | 'x' | '/s' | 'count';
  /** The bench fails above it. */
  readonly limit?: number;
}

/** Tells a measurement: one JSON line on standard output, which bench/main.ts gathers. */
export function report(measurement: Measurement): void {
  const { limit, ...bare } = measurement;
  // A tiny size on a machine that does other things says nothing about the limit.
  const told = isQuick || limit === undefined ? bare : measurement;
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

/** The q-quantile of some numbers (nearest rank), 0.99 for p99. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The most memory that this process has held so far, MB. */
export function peakMemoryMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}
