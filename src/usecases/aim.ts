import type { Target } from '../domain/intent.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type KubernetesVersion, newest } from '../domain/version.ts';
import { offeredByAll } from '../plan/instead.ts';
import { resolveTarget, textOfTarget } from '../plan/resolve-target.ts';
import { currentVersion } from '../plan/running.ts';
import { wantedMinors } from '../plan/wanted-minors.ts';
import type { UseCaseDeps } from './deps.ts';
import { unobservable } from './unobservable.ts';
import type { ProposeOutcome, ProposeRequest } from './use-cases.ts';

/** How far ahead `latest in hops` looks for a release line that is on offer. */
const farthestMinors = 6;

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
  const { cluster, onProgress } = request;
  const present = await deps.present(cluster);
  if (present.status === 'unknown') return unobservable(cluster, present.problem);
  const target = await nearerTarget(deps, request);
  const look = await deps.look(cluster, {
    offeredMinors: wantedMinors(present, target),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  if (look.status === 'unobservable') return look;
  const { snapshot } = look;
  const offered = offeredByAll(snapshot);
  const to =
    target.kind === 'exact' ? target.version : resolveTarget(target, currentVersion(snapshot), offered);
  if (to !== undefined) return { status: 'aimed', to, snapshot };
  return { status: 'not-offered', cluster, wanted: textOfTarget(target), ...offerOf(snapshot, offered) };
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
function offerOf(
  { nodes }: Snapshot,
  offered: readonly KubernetesVersion[],
): { offered: readonly KubernetesVersion[]; problem?: string } {
  const silent = nodes.flatMap(({ name, host }) =>
    host.status === 'reached' && host.offeredProblem !== undefined
      ? [{ name, why: host.offeredProblem }]
      : [],
  );
  const [first] = silent;
  if (first === undefined) return { offered };
  const others = silent.length > 1 ? ` (and ${silent.length - 1} more)` : '';
  return { offered, problem: `${first.name}${others}: ${first.why}` };
}
