import type { Target } from '../../domain/intent.ts';
import type { ClusterName } from '../../domain/names.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { type KubernetesVersion, type MinorVersion, newest } from '../../domain/version.ts';
import { currentVersion } from '../../plan/running.ts';
import { offeredByAll } from '../../plan/way/instead.ts';
import { resolveTarget, textOfTarget } from '../../plan/way/resolve-target.ts';
import { wantedMinors } from '../../plan/way/wanted-minors.ts';
import type { Unobservable } from '../../snapshot/unobservable.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { ProposeOutcome, ProposeRequest } from '../use-cases.ts';
import { unobservable } from './unobservable.ts';

/** How far ahead `latest in hops` and the form look for a release line that is on offer. */
export const farthestMinors = 6;

export type Aimed =
  | { readonly status: 'aimed'; readonly to: KubernetesVersion; readonly snapshot: Snapshot }
  | Extract<ProposeOutcome, { status: 'not-offered' | 'unobservable' }>;

/**
 * Looks at the cluster and finds out which version is meant: only the look tells what every node's repository offers. What
 * has to be asked of the repositories is known from two quick calls before it.
 */
export async function lookAndAim(
  deps: Pick<UseCaseDeps, 'present' | 'offer' | 'look'>,
  request: Pick<ProposeRequest, 'cluster' | 'target' | 'inHops' | 'onProgress'>,
): Promise<Aimed> {
  const { cluster } = request;
  const present = await deps.present(cluster);
  if (present.status === 'unknown') return unobservable(cluster, present.problem);
  const target = await nearerTarget(deps, request);
  const seen = await lookFor(deps, request, target, wantedMinors(present, target));
  if (seen.status === 'unobservable') return seen;
  const { snapshot, to } = seen;
  return to === undefined ? notOffered(cluster, target, snapshot) : { status: 'aimed', to, snapshot };
}

type Seen =
  | {
      readonly status: 'seen';
      readonly snapshot: Snapshot;
      /** Undefined where nothing of that kind is on offer. */
      readonly to: KubernetesVersion | undefined;
    }
  | Unobservable;

/** Looks at the cluster, its nodes' repositories included, and says which version a target means there. */
export async function lookFor(
  deps: Pick<UseCaseDeps, 'look'>,
  { cluster, onProgress }: Pick<ProposeRequest, 'cluster' | 'onProgress'>,
  target: Target,
  minors: readonly MinorVersion[],
): Promise<Seen> {
  const look = await deps.look(cluster, {
    offeredMinors: [...new Set(minors)],
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  if (look.status === 'unobservable') return look;
  const { snapshot } = look;
  const to =
    target.kind === 'exact'
      ? target.version
      : resolveTarget(target, currentVersion(snapshot), offeredByAll(snapshot));
  return { status: 'seen', snapshot, to };
}

/** `latest` through several minors means the newest of all that is on offer: where that is, one control plane tells. */
async function nearerTarget(
  deps: Pick<UseCaseDeps, 'offer'>,
  { cluster, target, inHops = false }: Pick<ProposeRequest, 'cluster' | 'target' | 'inHops'>,
): Promise<Target> {
  if (target.kind !== 'latest' || !inHops) return target;
  const offer = await deps.offer(cluster, farthestMinors);
  const version = offer.status === 'known' ? newest(offer.offered) : undefined;
  return version === undefined ? target : { kind: 'exact', version };
}

/** What is on offer instead; where a repository said why it cannot be asked, that says more. */
export function notOffered(
  cluster: ClusterName,
  target: Target,
  snapshot: Snapshot,
): Extract<ProposeOutcome, { status: 'not-offered' }> {
  const { nodes } = snapshot;
  const no = {
    status: 'not-offered',
    cluster,
    wanted: textOfTarget(target),
    offered: offeredByAll(snapshot),
  } as const;
  const silent = nodes.flatMap(({ name, host }) =>
    host.status === 'reached' && host.offeredProblem !== undefined
      ? [{ name, why: host.offeredProblem }]
      : [],
  );
  const [first] = silent;
  if (first === undefined) return no;
  const others = silent.length > 1 ? ` (and ${silent.length - 1} more)` : '';
  return { ...no, problem: `${first.name}${others}: ${first.why}` };
}
