/** One number that a bench has measured. */
export interface Measurement {
  readonly bench: string;
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 's' | 'MB';
  /** The bench fails above it. */
  readonly limit?: number;
}

/** Tells a measurement: one JSON line on standard output, which bench/main.ts gathers. */
export function report(measurement: Measurement): void {
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
}

/** The q-quantile of some numbers (nearest rank), 0.99 for p99. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** The most memory that this process has held so far, MB. */
export function peakMemoryMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}
