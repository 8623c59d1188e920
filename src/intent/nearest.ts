import leven from 'leven';

/**
 * The candidate that a mistyped word must have been: the only one within one or two letters of it. Two that are near
 * give none, because a line to copy that names the wrong cluster is worse than no line.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const reach = word.length < 4 ? 1 : 2;
  const near = candidates.filter((candidate) => leven(word, candidate, { maxDistance: reach + 1 }) <= reach);
  return near.length === 1 ? near[0] : undefined;
}
