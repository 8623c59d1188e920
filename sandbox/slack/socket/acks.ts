/** How one envelope fared. */
export interface AckRecord {
  readonly envelopeId: string;
  readonly type: string;
  readonly at: number;
  /** Milliseconds until the app acknowledged; undefined if it never did. */
  ms: number | undefined;
  /** Whether the acknowledgement came within the 3 seconds that Slack waits. */
  inTime: boolean;
  deliveries: number;
}

export interface AckStatistics {
  readonly count: number;
  readonly unacknowledged: number;
  readonly late: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly maxMs: number | undefined;
}

const kept = 5_000;

/** Measures how fast the app acknowledges. */
export class Acks {
  #records: AckRecord[] = [];

  add(record: AckRecord): void {
    this.#records.push(record);
    if (this.#records.length > kept * 2) this.#records = this.#records.slice(-kept);
  }

  all(): readonly AckRecord[] {
    return this.#records;
  }

  /** @param type an envelope type such as `slash_commands`, or undefined for all. */
  statistics(type?: string): AckStatistics {
    const records = this.#records.filter((record) => type === undefined || record.type === type);
    const times = records
      .flatMap((record) => (record.ms === undefined ? [] : [record.ms]))
      .sort((a, b) => a - b);
    return {
      count: records.length,
      unacknowledged: records.length - times.length,
      late: records.filter((record) => record.ms !== undefined && !record.inTime).length,
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      maxMs: times.at(-1),
    };
  }
}

function quantile(sorted: readonly number[], q: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}
