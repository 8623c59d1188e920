/** Why a run that is under way cannot be driven now. It passes with its cause, and is no part of the run's record. */
export type Trouble =
  /** Something of the program's own, a store that takes nothing above all; it is tried again all the time. */
  { readonly kind: 'interrupted'; readonly why: string } | { readonly kind: 'not-configured' };
