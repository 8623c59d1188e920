import type { Finding } from '../../domain/finding.ts';
import { PlanDigest } from '../../domain/names.ts';
import { originOf } from '../../domain/origin.ts';
import type { Plan, Refusal } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EtcdWay, Purpose, RollbackScope, Verdict } from '../../domain/rollback.ts';
import type { RollbackFacts } from '../../domain/rollback-facts.ts';
import type { Run } from '../../domain/run.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { basisOf } from '../basis.ts';
import { sha256Of } from '../digest.ts';
import { estimateOf, type UsualDurations } from '../estimate.ts';
import { normalise } from '../normalise.ts';
import { newestApiServer } from '../running.ts';
import { findingsBack } from './findings.ts';
import { phasesBack } from './phases.ts';
import { policyBack } from './policy-back.ts';
import { type RollbackSource, type Sight, sightOf } from './sight.ts';
import { verdictOf, verdictsOf } from './ways.ts';

/** A rollback that somebody wants: of which run, how much of it, and what is to be done about etcd. */
export interface RollbackRequest {
  readonly of: Run;
  readonly scope: RollbackScope;
  /** Absent: the cheapest way that is open. */
  readonly etcd?: EtcdWay;
  /** It is the second half of a drill. */
  readonly drill?: true;
}

/** The code of the finding that says that everything is as it was before the run. */
export const nothingToTakeBack = 'rollback.nothing-to-do';

/** Whether a refusal only says that there is nothing to take back. */
export function isTakenBack(refusal: Pick<Refusal, 'findings'>): boolean {
  return refusal.findings.some(({ code }) => code === nothingToTakeBack);
}

/**
 * Plans taking an upgrade back. Pure: the same snapshot (in whatever order it was gathered), backups and facts give the
 * same plan with the same digest. It goes by the cluster as it is now: only what the run changed and is newer now goes
 * back, from whatever state it was left in.
 * @param source the run's backups as they lie there now, and earlier rollbacks of it
 * @param history median seconds by step kind from earlier runs of the cluster, for the estimate
 * @throws RangeError for a snapshot of another cluster, or a run that is no upgrade
 */
export function planRollback(
  request: RollbackRequest,
  unordered: Snapshot,
  source: RollbackSource,
  facts: RollbackFacts,
  policy: Policy,
  history: UsualDurations = {},
): Plan | Refusal {
  const { of, scope } = request;
  if (of.cluster !== unordered.cluster) {
    throw new RangeError(`Run ${of.id} is of ${of.cluster}, the snapshot of ${unordered.cluster}`);
  }
  if (of.kind !== 'upgrade') throw new RangeError(`Run ${of.id} is no upgrade`);
  const seen = { snapshot: normalise(unordered), source, facts };
  const way = request.etcd ?? verdictsOf(of, scope, seen).preferred.etcd;
  const sight = sightOf(of, scope, way, seen);
  const verdict = verdictOf(sight);
  const refusal = {
    kind: 'refusal' as const,
    cluster: of.cluster,
    from: newestApiServer(seen.snapshot),
    to: sight.destination.version,
  };
  if (sight.nodes.length === 0 && !isClusterNewer(sight) && way !== 'restore') {
    return { ...refusal, findings: [nothingToDo(sight)] };
  }
  const findings = findingsBack(sight, verdict, policy);
  if (findings.some(({ severity }) => severity === 'blocker')) return { ...refusal, findings };
  const purpose: PurposeBack = {
    kind: 'rollback',
    of: of.id,
    scope,
    verdict,
    ...(request.drill ? { drill: true } : {}),
  };
  return planOf(sight, purpose, findings, policyBack(policy, way), history);
}

type PurposeBack = Extract<Purpose, { kind: 'rollback' }>;

function planOf(
  sight: Sight,
  purpose: PurposeBack,
  findings: Finding[],
  policy: Policy,
  history: UsualDurations,
): Plan {
  const { snapshot, destination, etcd } = sight;
  const { verdict } = purpose;
  const basis = basisOf(snapshot);
  const phases = phasesBack(sight, basis, policy);
  const moves = verdict.kind === 'etcd-downgrade' || verdict.kind === 'restore-with-data-loss';
  const present = etcd.newer[0]?.version ?? etcd.older[0]?.version;
  const plan: Omit<Plan, 'digest'> = {
    kind: 'plan',
    purpose,
    cluster: snapshot.cluster,
    from: newestApiServer(snapshot),
    to: destination.version,
    hops: [destination.version],
    etcd: {
      ...(present === undefined || present === '' ? {} : { from: present }),
      ...((moves || etcd.kind === 'mixed') && etcd.line !== undefined ? { to: etcd.line } : {}),
    },
    origin: originOf(snapshot),
    phases,
    findings,
    reversibility: { summary: wayForward(verdict) },
    ...estimateOf(phases, snapshot, history),
    basis,
    policy,
  };
  return { ...plan, digest: PlanDigest.parse(sha256Of(plan)) };
}

/** What it would take to undo the undoing. */
function wayForward(verdict: Verdict): string {
  return verdict.kind === 'restore-with-data-loss'
    ? 'What the rollback loses stays in the snapshot taken before it, and aside on every member.'
    : 'Forward again by planning the upgrade anew; etcd and files are saved before the first change.';
}

/** Whether something of the cluster as a whole is newer although no node is: a run that stopped between two writes. */
function isClusterNewer({ snapshot, destination, scope, blind }: Sight): boolean {
  const was = destination.cluster?.kubeadmConfig;
  const takesControlPlane = scope.kind === 'all' || scope.kind === 'control-plane';
  return !blind && takesControlPlane && was !== undefined && snapshot.kubeadm.kubernetesVersion !== was;
}

function nothingToDo({ upgrade, snapshot }: Sight): Finding {
  return {
    code: 'rollback.nothing-to-do',
    severity: 'info',
    objects: [{ kind: 'Cluster', name: snapshot.cluster }],
    summary: `Nothing of what was chosen is newer than before run ${upgrade.run.id}: there is nothing to take back.`,
    facts: { run: upgrade.run.id },
    remedy: 'Nothing needs to be done.',
  };
}
