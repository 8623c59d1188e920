import type { NodeName } from '../domain/names.ts';
import type { Policy } from '../domain/policy.ts';
import type { ObservedBackup, RollbackFacts } from '../domain/rollback-facts.ts';
import type { Run } from '../domain/run.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type MinorVersion, minorOf } from '../domain/version.ts';
import { newestBegun } from '../domain/way-back.ts';
import type { FactsHost } from '../node/host-facts.ts';
import type { BackupStore } from '../ports/backup-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunStore } from '../ports/run-store.ts';
import type { StorageSurvey } from '../ports/storage-survey.ts';
import { lookBlindly } from './blind-look.ts';
import type { Look } from './gather-snapshot.ts';
import { gatherRollbackFacts } from './rollback-facts.ts';
import type { Unobservable } from './unobservable.ts';

/** What taking a run back would meet; or why nothing could be seen, not even over SSH. */
export type BackLook =
  | {
      readonly status: 'observed';
      readonly snapshot: Snapshot;
      readonly facts: RollbackFacts;
      readonly backups: readonly ObservedBackup[];
      /** No API server answers: the snapshot is what machines told over SSH. */
      readonly blind: boolean;
    }
  | Unobservable;

export interface BackLookRequest {
  readonly of: Run;
  readonly policy: Policy;
  /** Looks at the cluster with what its repositories offer on some release lines. */
  readonly look: (offeredMinors: readonly MinorVersion[]) => Promise<Look>;
  readonly storage: StorageSurvey;
  readonly hostOf: (node: NodeName) => FactsHost;
  readonly store: Pick<RunStore, 'backups'>;
  readonly backups: Pick<BackupStore, 'inspect'>;
  readonly clock: Clock;
}

/** Looks at a cluster, and at what a run saved of it, to judge how the run can be taken back. Changes nothing. */
export async function lookBack(request: BackLookRequest): Promise<BackLook> {
  const { of, policy, storage, hostOf, clock } = request;
  const { plan } = of;
  const origin = plan.origin;
  if (origin === undefined) return noOrigin(of);
  const lines = [plan.from, ...plan.hops.slice(0, -1), ...origin.nodes.map(({ kubelet }) => kubelet)];
  const [seen, backups] = await Promise.all([
    request.look([...new Set(lines.map(minorOf))]),
    observeBackups(request),
  ]);
  const blind = seen.status === 'unobservable' && isSilent(seen);
  if (seen.status === 'unobservable' && !blind) return seen;
  const snapshot =
    seen.status === 'observed'
      ? seen.snapshot
      : await lookBlindly({
          cluster: of.cluster,
          origin,
          newestBegun: newestBegun(of),
          isStacked: backups.some(({ kind }) => kind === 'etcd-snapshot'),
          hostOf,
          clock,
          why: seen.findings[0]?.summary ?? 'no API server answers',
        });
  if (blind && snapshot.nodes.every(({ host }) => host.status === 'unreachable')) {
    return seen;
  }
  const controlPlanes = snapshot.nodes.flatMap(({ name, role, host }) =>
    role === 'control-plane' && host.status === 'reached' ? [name] : [],
  );
  const taken = backups.filter(({ kind }) => kind === 'etcd-snapshot').map(({ takenAt }) => takenAt);
  const facts = await gatherRollbackFacts({
    storage,
    apiAnswers: !blind,
    controlPlanes,
    hostOf,
    policy,
    snapshotTakenAt: taken.toSorted()[0],
    clock,
  });
  return { status: 'observed', snapshot, facts, backups, blind };
}

/** Only silence is a reason to look without the API: a refusal means that the bot itself is not let in. */
function isSilent({ findings }: Unobservable): boolean {
  return findings.some(({ code }) => code === 'kubernetes.unavailable');
}

/** What a run saved, as it lies there now: read whole and held against what it was sealed with. */
export async function observeBackups({
  of,
  store,
  backups,
}: Pick<BackLookRequest, 'of' | 'store' | 'backups'>): Promise<ObservedBackup[]> {
  const recorded = await store.backups({ run: of.id });
  return Promise.all(
    recorded.map(async ({ run, step, kind, path, sha256, takenAt }): Promise<ObservedBackup> => {
      const known = { run, step, kind, path, sha256, takenAt };
      try {
        const found = await backups.inspect(path);
        if (found === undefined) return { ...known, state: 'missing' };
        return { ...known, state: found.sha256 === sha256 ? 'intact' : 'changed' };
      } catch {
        // Whatever keeps the bot from reading it keeps a rollback from using it.
        return { ...known, state: 'unreadable' };
      }
    }),
  );
}

function noOrigin({ id, cluster }: Run): Unobservable {
  return {
    status: 'unobservable',
    findings: [
      {
        code: 'rollback.no-origin',
        severity: 'blocker',
        objects: [{ kind: 'Cluster', name: cluster }],
        summary: `Run ${id} was planned by an older version of the bot, which did not write down where each node began.`,
        facts: { run: id },
        remedy: 'Take it back by hand from its backups.',
      },
    ],
  };
}
