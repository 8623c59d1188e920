import type { ClusterName, UserId } from '../../domain/names.ts';
import type { BeingLookedAt } from '../use-cases.ts';

/**
 * Planning and examining look at every node of a cluster: of one cluster one such look at a time. Whoever asks meanwhile is
 * told who has asked already; what comes of it appears in the channel for both of them.
 */
export function oneLookACluster<Request extends { cluster: ClusterName; user: UserId }, Outcome>(
  look: (request: Request) => Promise<Outcome>,
): (request: Request) => Promise<Outcome | BeingLookedAt> {
  const looking = new Map<ClusterName, UserId>();
  return async (request) => {
    const { cluster, user } = request;
    const by = looking.get(cluster);
    if (by !== undefined) return { status: 'being-looked-at', cluster, by };
    looking.set(cluster, user);
    try {
      return await look(request);
    } finally {
      looking.delete(cluster);
    }
  };
}
