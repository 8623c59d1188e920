import { assertNever } from '../../domain/assert-never.ts';
import type {
  EtcdWay,
  RollbackScope,
  Verdict,
  VerdictCheck,
  WayBack,
  WaysBack,
} from '../../domain/rollback.ts';
import type { Run } from '../../domain/run.ts';
import { count, listOf } from '../text.ts';
import { controlPlanesBack, type Sight, sightOf } from './sight.ts';
import { storageChecks } from './storage-checks.ts';
import {
  backupsCheck,
  downgradeChecks,
  laterChangesCheck,
  membersCheck,
  packagesCheck,
  restoreToolsCheck,
  snapshotCheck,
} from './way-checks.ts';

/** What fails here is told, and closes no way: going back makes it neither better nor worse. */
const harmless: ReadonlySet<string> = new Set(['crds']);

/** Checks whose failing closes a way. */
export function failing(checks: readonly VerdictCheck[]): VerdictCheck[] {
  return checks.filter(({ code, state }) => state === 'fails' && !harmless.has(code));
}

/** Judges one way back. `impossible` means that it is closed; the reasons then are what fails. */
export function verdictOf(sight: Sight): Verdict {
  const checks = checksOf(sight);
  const closed = [...whyNot(sight), ...failing(checks).map(({ detail }) => detail)];
  if (closed.length > 0) return { kind: 'impossible', reasons: closed, checks };
  const { facts, way } = sight;
  const loss = way === 'restore' && facts.loss.state === 'known' ? { loss: facts.loss.loss } : {};
  return { ...openVerdict(sight), checks, ...loss };
}

function checksOf(sight: Sight): VerdictCheck[] {
  const { way } = sight;
  const checks: (VerdictCheck | undefined)[] = [
    laterChangesCheck(sight),
    membersCheck(sight),
    ...storageChecks(sight),
    backupsCheck(sight),
    packagesCheck(sight),
    ...(way === 'downgrade' ? downgradeChecks(sight) : []),
    ...(way === 'restore' ? [snapshotCheck(sight), restoreToolsCheck(sight)] : []),
  ];
  return checks.filter((check) => check !== undefined);
}

/** Why a way makes no sense at all, whatever the checks say. */
function whyNot({ way, etcd, scope, snapshot, upgrade, blind }: Sight): string[] {
  if (way === 'keep') return [];
  const isWhole = scope.kind === 'all';
  const part = isWhole ? [] : ['It is about the whole cluster: choose everything.'];
  if (etcd.kind === 'external') return ['etcd is external: it is not for the bot to take back.'];
  if (way === 'downgrade') {
    if (blind) return ['No API server answers: etcd can only be downgraded in a cluster that is well.'];
    if (etcd.kind === 'same' || etcd.kind === 'mixed')
      return ['It is not needed: etcd can go back by itself.'];
    return [
      ...(etcd.kind === 'unseen' ? ['No control plane could tell which members etcd has.'] : []),
      ...part,
    ];
  }
  const now = snapshot.nodes.filter(({ role }) => role === 'control-plane').map(({ name }) => name);
  const then = new Set(upgrade.origin.nodes.map(({ node }) => node));
  const strangers = now.filter((name) => !then.has(name));
  const gone = upgrade.origin.nodes.filter(
    ({ node, role }) => role === 'control-plane' && !now.includes(node),
  );
  return [
    ...part,
    ...(strangers.length > 0
      ? [`${listOf(strangers)} joined the control plane since: the snapshot does not know of it.`]
      : []),
    ...(gone.length > 0
      ? [`${listOf(gone.map(({ node }) => node))} left the control plane since: the snapshot counts on it.`]
      : []),
  ];
}

function openVerdict(sight: Sight): Pick<Verdict, 'kind' | 'reasons'> {
  const { way, etcd, destination, upgrade, nodes } = sight;
  if (way === 'restore') {
    return {
      kind: 'restore-with-data-loss',
      reasons: [
        'Everything that was written since the snapshot is lost, and the API is away for some minutes.',
      ],
    };
  }
  const short = destination.isOrigin
    ? []
    : [
        `This goes back one hop, to ${destination.version}: farther back, to ${upgrade.run.plan.from}, only the etcd snapshot leads.`,
      ];
  if (way === 'downgrade') {
    return {
      kind: 'etcd-downgrade',
      reasons: [
        `etcd goes back to ${etcd.line ?? 'its older line'} by its own downgrade, then the rest.`,
        ...short,
      ],
    };
  }
  const workers = nodes.filter(({ node }) => node.role === 'worker').length;
  if (controlPlanesBack(sight).length === 0) {
    const kubelets = nodes.length - workers;
    const what = [
      ...(workers > 0 ? [count(workers, 'worker')] : []),
      ...(kubelets > 0 ? [`the kubelets of ${count(kubelets, 'control plane')}`] : []),
    ];
    const reason =
      what.length === 0
        ? 'Nothing is newer than before the run.'
        : `Only ${what.join(' and ')} ${nodes.length === 1 && workers === 1 ? 'goes' : 'go'} back: no data is touched.`;
    return { kind: 'free', reasons: [reason, ...short] };
  }
  switch (etcd.kind) {
    case 'external':
      return { kind: 'free', reasons: ['etcd is external and stays as it is.', ...short] };
    case 'same':
      return { kind: 'free', reasons: ['etcd stays on its release line.', ...short] };
    case 'mixed':
      return {
        kind: 'free',
        reasons: [
          `${listOf(etcd.older.map(({ name }) => name))} still run${etcd.older.length === 1 ? 's' : ''} etcd ${etcd.line ?? 'of before'}, so all of it goes back.`,
          ...short,
        ],
      };
    case 'moved':
    case 'unseen':
      return {
        kind: 'keep-etcd',
        reasons: [`etcd stays as it is, and the API servers of ${destination.version} run on it.`, ...short],
      };
    default:
      return assertNever(etcd.kind);
  }
}

const ways: readonly EtcdWay[] = ['keep', 'downgrade', 'restore'];

/**
 * All ways to take a run back as the cluster is now, the cheapest first, and the one to take unless another is asked for:
 * etcd stays where that is possible; else the snapshot, with what it loses. A formal downgrade is never chosen unasked.
 */
export function verdictsOf(of: Run, scope: RollbackScope, seen: Parameters<typeof sightOf>[3]): WaysBack {
  const all = ways.map((etcd): WayBack => ({ etcd, verdict: verdictOf(sightOf(of, scope, etcd, seen)) }));
  const [keep, , restore] = all;
  if (keep === undefined || restore === undefined) throw new RangeError('no ways');
  const preferred = [keep, restore].find(({ verdict }) => verdict.kind !== 'impossible') ?? keep;
  return { preferred, ways: all };
}
