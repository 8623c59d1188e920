import type { Finding } from '../domain/finding.ts';
import type { UpgradeIntent } from '../domain/intent.ts';
import { PlanDigest } from '../domain/names.ts';
import { originOf } from '../domain/origin.ts';
import type { Phase, Plan, Refusal } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import { basisOf } from './basis.ts';
import { findingsOf } from './checks/findings.ts';
import { sha256Of } from './digest.ts';
import { estimateOf, type UsualDurations } from './estimate.ts';
import { manifestChanges } from './manifests/changes.ts';
import { movesOf } from './moves.ts';
import { withoutExcluded } from './nodes/excluded.ts';
import { pendingNodes } from './nodes/pending.ts';
import { normalise } from './normalise.ts';
import { addonPhases } from './phases/addon-phases.ts';
import { phasesOfLegs } from './phases/leg-phases.ts';
import { afterPhase, beforePhase } from './phases/phases.ts';
import { purposeOf } from './purpose.ts';
import { reversibilityOf } from './reversibility.ts';
import { controlPlanesOf, currentVersion } from './running.ts';
import { etcdMove } from './way/etcd-move.ts';
import { hopsBetween, hopsOf, minorsAway } from './way/hops.ts';
import { insteadOf, offeredByAll } from './way/instead.ts';
import { legsOf } from './way/legs.ts';

/** The code of the finding that says that every node already is where it was to go. */
export const nothingToDo = 'plan.nothing-to-do';

/** Blockers that another version would not meet; for the others a different version changes nothing. */
const otherVersionHelps: ReadonlySet<string> = new Set(['skew.minor-skipped', 'packages.version-missing']);

/** Whether a refusal only says that there is nothing to do. */
export function isUpToDate(refusal: Pick<Refusal, 'findings'>): boolean {
  return refusal.findings.some((finding) => finding.code === nothingToDo);
}

function upToDate(intent: UpgradeIntent, snapshot: Snapshot): Finding {
  return {
    code: nothingToDo,
    severity: 'info',
    objects: [{ kind: 'Cluster', name: intent.cluster }],
    summary: `${intent.cluster} and all its ${snapshot.nodes.length} nodes are on ${intent.target}.`,
    facts: { target: intent.target },
    remedy: 'Nothing needs to be done.',
  };
}

/**
 * Plans an upgrade of one cluster. Pure: the same snapshot (in whatever order it was gathered), intent, policy and
 * history give the same plan with the same digest.
 *
 * A blocker refuses. So does a cluster that is at the target already: then the findings hold `plan.nothing-to-do` and
 * `isUpToDate` is true of the refusal.
 * @param history median seconds by step kind from earlier runs of the cluster, for the estimate
 */
export function planUpgrade(
  intent: UpgradeIntent,
  unordered: Snapshot,
  policy: Policy,
  history: UsualDurations = {},
): Plan | Refusal {
  if (intent.cluster !== unordered.cluster) {
    throw new RangeError(`Intent is for ${intent.cluster}, snapshot is of ${unordered.cluster}`);
  }
  const snapshot = normalise(unordered);
  const { cluster, target } = intent;
  const from = currentVersion(snapshot);
  const findings = findingsOf(snapshot, intent, policy);
  const refusal = { kind: 'refusal' as const, cluster, from, to: target };

  const included = withoutExcluded(snapshot, policy);
  const pending = pendingNodes(included, target);
  const hasControlPlane = controlPlanesOf(snapshot).length > 0;
  if (pending.length === 0 && hasControlPlane) {
    return { ...refusal, findings: [upToDate(intent, snapshot), ...findings] };
  }
  if (findings.some((finding) => finding.severity === 'blocker')) {
    const aboutVersion = findings.some((finding) => otherVersionHelps.has(finding.code));
    const instead = aboutVersion ? insteadOf(snapshot, target) : undefined;
    const inHops = wayInHops(snapshot, intent);
    return {
      ...refusal,
      findings,
      ...(instead === undefined ? {} : { instead }),
      ...(inHops === undefined ? {} : { inHops }),
    };
  }

  const hops = hopsOf(snapshot, intent);
  const basis = basisOf(snapshot);
  const phases: Phase[] = [
    beforePhase(snapshot, basis, policy),
    ...phasesOfLegs(legsOf(included, intent), snapshot, policy),
    ...addonPhases('after-workers', target, snapshot, policy),
    afterPhase(target),
  ];
  const move = etcdMove(snapshot, target);
  const manifests = manifestChanges(snapshot, pending, target);
  const plan: Omit<Plan, 'digest'> = {
    kind: 'plan',
    purpose: purposeOf(intent, phases, move.changesLine),
    cluster,
    from,
    to: target,
    hops: [...hops],
    etcd: {
      ...(move.from === undefined ? {} : { from: move.from }),
      ...(move.changesLine && move.to !== undefined ? { to: move.to } : {}),
    },
    origin: originOf(snapshot),
    phases,
    findings,
    ...(manifests.length > 0 ? { manifests } : {}),
    reversibility: reversibilityOf(phases, snapshot, from, hops),
    moves: movesOf(phases, snapshot),
    ...estimateOf(phases, snapshot, history),
    basis,
    policy,
  };
  return { ...plan, digest: PlanDigest.parse(sha256Of(plan)) };
}

/** The versions of a way through several minors, where one was not asked for and would go. */
function wayInHops(snapshot: Snapshot, { target, inHops }: UpgradeIntent): KubernetesVersion[] | undefined {
  if (inHops === true || minorsAway(snapshot, target) < 2 || controlPlanesOf(snapshot).length === 0) {
    return undefined;
  }
  const way = hopsBetween(snapshot, target);
  const isOnOffer = offeredByAll(snapshot).includes(target);
  return way.status === 'found' && isOnOffer ? [...way.hops] : undefined;
}
