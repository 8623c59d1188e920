/** A reading that failed: why, and the words that were probably meant or that help on. */
export interface Mistake {
  readonly kind: 'mistake';
  readonly problem: string;
  readonly instead: readonly string[];
}

export const mistake = (problem: string, ...instead: readonly string[]): Mistake => ({
  kind: 'mistake',
  problem,
  instead,
});
