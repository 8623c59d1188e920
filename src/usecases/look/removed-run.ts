import type { ChannelId, RunId } from '../../domain/names.ts';
import type { RunHead } from '../../ports/run-store.ts';
import type { Denied } from '../asker.ts';
import type { UseCaseDeps } from '../deps.ts';
import { clustersOf } from '../permissions.ts';

type Deps = Pick<UseCaseDeps, 'store' | 'clusters'>;

/** What is left of a run of a channel's clusters whose details were removed (`store.keepDays`); undefined of all others. */
export async function removedRun(deps: Deps, id: RunId, channel: ChannelId): Promise<RunHead | undefined> {
  const [head] = await deps.store.heads({ id, limit: 1 });
  return head !== undefined && clustersOf(deps, channel).includes(head.cluster) ? head : undefined;
}

/** Nothing can be done with a run that is not there: because it never was, or because it was over long ago. */
export async function noSuchRun(deps: Deps, id: RunId, channel: ChannelId): Promise<Denied> {
  const removed = await removedRun(deps, id, channel);
  const reason =
    removed === undefined
      ? `There is no run \`${id}\`. \`/k8s-upgrade runs\` lists the latest ones.`
      : `Run \`${id}\` of ${removed.cluster} was over long ago, and its plan and steps were removed since (\`store.keepDays\` in my configuration): nothing can be done with it any more.`;
  return { status: 'denied', reason };
}
