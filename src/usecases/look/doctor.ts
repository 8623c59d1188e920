import { underWayStatuses } from '../../domain/run.ts';
import { minorOf, newest } from '../../domain/version.ts';
import { examine } from '../../plan/examine.ts';
import { wantedMinors } from '../../plan/way/wanted-minors.ts';
import type { UseCaseDeps } from '../deps.ts';
import { clusterInChannel } from '../permissions.ts';
import type { DoctorOutcome, UseCases } from '../use-cases.ts';
import { lookFor, notOffered } from './aim.ts';
import { unobservable } from './unobservable.ts';

/**
 * Looks at a cluster and says what the checks find, without a plan. It changes nothing, so whoever may ask the bot
 * anything in the channel may ask for it, at any time: while a run is under way, too.
 */
export function doctor(deps: UseCaseDeps): UseCases['doctor'] {
  return async (request): Promise<DoctorOutcome> => {
    const { cluster } = request;
    const config = clusterInChannel(deps, cluster, request.channel);
    if ('status' in config) return config;
    const present = await deps.present(cluster);
    if (present.status === 'unknown') return unobservable(cluster, present.problem);

    const target = request.target ?? { kind: 'next' as const };
    const running = newest(present.apiServers);
    // What runs today is checked as well: a node that lags behind must be able to get it.
    const minors = [...wantedMinors(present, target), ...(running === undefined ? [] : [minorOf(running)])];
    const seen = await lookFor(deps, request, target, minors);
    if (seen.status === 'unobservable') return seen;
    const { snapshot, to } = seen;
    if (to === undefined && request.target !== undefined) return notOffered(cluster, target, snapshot);
    const [run] = await deps.store.list({ cluster, statuses: underWayStatuses, limit: 1 });
    return {
      status: 'examined',
      diagnosis: examine(snapshot, config.policy, to),
      ...(run === undefined ? {} : { run }),
    };
  };
}
