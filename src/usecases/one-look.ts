import type { ClusterName, UserId } from '../domain/names.ts';
import type { UseCases } from './use-cases.ts';

/**
 * Planning looks at every node of a cluster: of one cluster one look at a time. Whoever asks meanwhile is told who has
 * asked already; the plan appears in the channel for both of them.
 */
export function oneLookACluster(propose: UseCases['propose']): UseCases['propose'] {
  const looking = new Map<ClusterName, UserId>();
  return async (request) => {
    const { cluster, user } = request;
    const by = looking.get(cluster);
    if (by !== undefined) return { status: 'being-looked-at', cluster, by };
    looking.set(cluster, user);
    try {
      return await propose(request);
    } finally {
      looking.delete(cluster);
    }
  };
}
