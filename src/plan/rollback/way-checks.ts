import semver from 'semver';
import { assertNever } from '../../domain/assert-never.ts';
import type { NodeName } from '../../domain/names.ts';
import type { VerdictCheck } from '../../domain/rollback.ts';
import type { ObservedBackup } from '../../domain/rollback-facts.ts';
import { compareVersions, type KubernetesVersion, minorOf, packageVersion } from '../../domain/version.ts';
import { controlPlanesOf } from '../running.ts';
import { age, count, forms, listOf } from '../text.ts';
import { etcdLineAt, kubeadmAt } from './destination.ts';
import { isLineNewer, type NodeBack } from './node-back.ts';
import { backupOf, controlPlanesBack, type Sight } from './sight.ts';

const names = (of: readonly { readonly node: { readonly name: string } }[]) =>
  listOf(of.map(({ node }) => node.name));

/** Which lines etcd's members run, against the one that is gone back to. */
export function membersCheck({ etcd }: Sight): VerdictCheck {
  const all = etcd.newer.length + etcd.older.length;
  const told = (members: typeof etcd.newer) =>
    listOf([...new Set(members.map(({ version }) => version || 'unknown'))]);
  const check = (detail: string, state: VerdictCheck['state'] = 'holds'): VerdictCheck => ({
    code: 'members',
    state,
    detail,
  });
  switch (etcd.kind) {
    case 'external':
      return check('etcd is external: it was not upgraded and is not touched.');
    case 'same':
      return check(`${count(all, 'etcd member')} at ${told(etcd.older)}, none newer than before.`);
    case 'mixed':
      return check(
        `${etcd.older.length} of ${count(all, 'etcd member')} still at ${told(etcd.older)}: the others simply go back to it.`,
      );
    case 'moved':
      return check(`All ${count(all, 'etcd member')} at ${told(etcd.newer)}; older API servers run on it.`);
    case 'unseen':
      return check('No control plane could tell which members etcd has.', 'unknown');
    default:
      return assertNever(etcd.kind);
  }
}

/** What the run must have saved, and must lie there unchanged, for what goes back. */
export function backupsCheck(sight: Sight): VerdictCheck {
  const wanted = nodesThatNeedFiles(sight);
  const missing = wanted.filter((name) => {
    const state = sight.destination.nodes.get(name);
    return state === undefined || !isIntact(backupOf(sight, state.step, 'node-files'));
  });
  const maps = needsClusterFiles(sight)
    ? ['config-maps.json', 'addons-before.json'].filter(
        (file) => !isIntact(backupOf(sight, sight.destination.cluster?.step, 'config-maps', file)),
      )
    : [];
  if (missing.length === 0 && maps.length === 0) {
    const what =
      wanted.length === 0
        ? 'No files are needed'
        : `The files of ${count(wanted.length, 'node')} are in the backup, unchanged`;
    return { code: 'backups', state: 'holds', detail: `${what}.` };
  }
  const problems = [
    ...(missing.length > 0 ? [`the files of ${listOf(missing)}`] : []),
    ...(maps.length > 0 ? [listOf(maps)] : []),
  ];
  return {
    code: 'backups',
    state: 'fails',
    detail: `Missing from the run's backup, or changed since: ${problems.join('; ')}.`,
  };
}

const isIntact = (backup: ObservedBackup | undefined) => backup?.state === 'intact';

/** The nodes of which files go back; by the snapshot those are the manifests of every control plane, too. */
function nodesThatNeedFiles({ nodes, way, snapshot }: Sight): NodeName[] {
  const back = nodes.filter(({ kubelet, files, staticPods, etcd }) => kubelet || files || staticPods || etcd);
  const all = way === 'restore' ? controlPlanesOf(snapshot).map(({ name }) => name) : [];
  return [...new Set([...back.map(({ node }) => node.name), ...all])];
}

/** Whether ConfigMaps or add-ons go back: only with a control plane, and not where all data goes back. */
function needsClusterFiles(sight: Sight): boolean {
  return (
    sight.way !== 'restore' && !sight.blind && controlPlanesBack(sight).some(({ staticPods }) => staticPods)
  );
}

/** Whether every repository still offers what is to be installed. */
export function packagesCheck({ nodes }: Sight): VerdictCheck {
  const wanting = nodes.filter(({ kubelet, tools }) => kubelet || tools);
  const lacking = wanting.filter((one) => offers(one) === 'no');
  const unknown = wanting.filter((one) => offers(one) === 'unknown');
  if (lacking.length > 0) {
    const versions = [...new Set(lacking.flatMap(wantedPackages))].map(packageVersion);
    return {
      code: 'packages',
      state: 'fails',
      detail: `${listOf(versions)} ${forms(versions, 'is', 'are')} no longer in the repository of ${names(lacking)}.`,
    };
  }
  if (unknown.length > 0) {
    return {
      code: 'packages',
      state: 'unknown',
      detail: `What the repositories of ${names(unknown)} offer could not be found out.`,
    };
  }
  return {
    code: 'packages',
    state: 'holds',
    detail:
      wanting.length === 0
        ? 'No packages change.'
        : `The packages are in the repositories of ${count(wanting.length, 'node')}.`,
  };
}

function wantedPackages({ to, kubelet }: NodeBack): KubernetesVersion[] {
  return [...new Set([kubeadmAt(to), ...(kubelet ? [to.at.kubelet] : [])])];
}

function offers(one: NodeBack): 'yes' | 'no' | 'unknown' {
  const { host } = one.node;
  if (host.status === 'unreachable') return 'unknown';
  const installed = [host.packages.kubeadm, host.packages.kubelet];
  const wanted = wantedPackages(one).filter((version) => !installed.includes(packageVersion(version)));
  const { offered = [] } = host;
  if (wanted.every((version) => offered.includes(version))) return 'yes';
  // Of a line that was not asked, or did not answer, nothing is known.
  const asked = new Set(offered.map(minorOf));
  const isKnown = wanted.every((version) => offered.includes(version) || asked.has(minorOf(version)));
  return isKnown ? 'no' : 'unknown';
}

/** Somebody has gone on from where the run had ended: that comes first. */
export function laterChangesCheck({ upgrade, snapshot }: Sight): VerdictCheck | undefined {
  const { to } = upgrade.run.plan;
  const later = snapshot.nodes.filter((node) => {
    const servers = [node.kubeletVersion, node.controlPlane?.apiServer].filter(
      (version) => version !== undefined,
    );
    return upgrade.changed.has(node.name) && servers.some((version) => compareVersions(version, to) > 0);
  });
  if (later.length === 0) return undefined;
  return {
    code: 'later-changes',
    state: 'fails',
    detail: `${listOf(later.map(({ name }) => name))} ${forms(later, 'is', 'are')} newer than ${to}, where the run had taken ${forms(later, 'it', 'them')}: take back what was done since first.`,
  };
}

/** The snapshot that the data would go back to, and how old it is. */
export function snapshotCheck(sight: Sight): VerdictCheck {
  const backup = backupOf(sight, sight.destination.etcdSnapshot, 'etcd-snapshot');
  if (backup?.state !== 'intact') {
    const why = backup === undefined ? 'has none' : `is ${backup.state}`;
    return {
      code: 'snapshot',
      state: 'fails',
      detail: `The run's etcd snapshot ${why}.`.replace('snapshot has none', 'backup has no snapshot'),
    };
  }
  const old = age(Date.parse(sight.snapshot.takenAt) - Date.parse(backup.takenAt));
  return { code: 'snapshot', state: 'holds', detail: `The etcd snapshot is unchanged, ${old} old.` };
}

/** Whether every control plane can restore a snapshot of that line; found out before anything is stopped. */
export function restoreToolsCheck({ snapshot, upgrade, facts }: Sight): VerdictCheck {
  const lacking = controlPlanesOf(snapshot).filter(({ name }) => {
    const at = upgrade.origin.nodes.find(({ node }) => node === name);
    const line = at && etcdLineAt({ at });
    const tools = facts.tools.find(({ node }) => node === name);
    if (line === undefined) return true;
    return !(facts.etcdutlAtHand.includes(line) || tools?.restores.includes(line));
  });
  if (lacking.length === 0) {
    return {
      code: 'tools',
      state: 'holds',
      detail: `etcdutl is at hand on ${count(controlPlanesOf(snapshot).length, 'control plane')}.`,
    };
  }
  return {
    code: 'tools',
    state: 'fails',
    detail: `No etcdutl of the snapshot's minor is known on ${listOf(lacking.map(({ name }) => name))}: install it there, or name one in policy.etcd.etcdutl.`,
  };
}

/** The formal downgrade is asked for by the newer line's own etcdctl, of members that are all well. */
export function downgradeChecks({ etcd, facts }: Sight): VerdictCheck[] {
  const sick = etcd.newer.filter(({ healthy, isLearner }) => !healthy || isLearner);
  const line = etcd.line ?? '';
  const old = facts.tools.filter(({ etcdctl }) => etcdctl !== undefined && !isLineNewer(etcdctl, line));
  const seen = facts.tools.filter(({ etcdctl }) => etcdctl !== undefined);
  const minors = etcd.newer.map(
    ({ version }) => (semver.coerce(version)?.minor ?? 0) - (semver.coerce(line)?.minor ?? 0),
  );
  return [
    {
      code: 'health',
      state: sick.length === 0 ? 'holds' : 'fails',
      detail:
        sick.length === 0
          ? `${count(etcd.newer.length, 'member')} healthy and voting.`
          : `Not healthy and voting: ${listOf(sick.map(({ name }) => name))}.`,
    },
    ...(Math.max(0, ...minors) > 1
      ? [
          {
            code: 'etcd-minors',
            state: 'fails' as const,
            detail: 'etcd goes back by one minor at a time only.',
          },
        ]
      : []),
    {
      code: 'tools',
      state: old.length > 0 ? 'fails' : seen.length > 0 ? 'holds' : 'unknown',
      detail:
        old.length > 0
          ? `etcdctl is too old to downgrade on ${listOf(old.map(({ node }) => node))}.`
          : seen.length > 0
            ? `etcdctl is new enough on ${count(seen.length, 'control plane')}.`
            : 'The version of etcdctl could not be looked at.',
    },
  ];
}
