import type { RollbackFacts, Unknown } from '../../src/domain/rollback-facts.ts';

/** Facts of a cluster that was not looked at beyond its snapshot. */
export function unknownFacts(why: string): RollbackFacts {
  const unknown: Unknown = { state: 'unknown', why };
  return { stored: unknown, objects: unknown, tools: [], etcdutlAtHand: [], loss: unknown };
}
