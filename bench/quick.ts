/** Whether benches are to show that they work rather than to measure: tiny sizes, no limits. Set by `--quick`. */
export const isQuick = process.env['BENCH_QUICK'] === '1';

/** The size to measure, or a tiny one. */
export const sized = <T>(full: T, tiny: T): T => (isQuick ? tiny : full);
