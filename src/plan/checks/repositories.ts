import type { Finding } from '../../domain/finding.ts';
import type { UpgradeIntent } from '../../domain/intent.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { compareVersions, type KubernetesVersion } from '../../domain/version.ts';
import { withoutExcluded } from '../nodes/excluded.ts';
import { listOf } from '../text.ts';
import { legsOf } from '../way/legs.ts';
import { type Check, nodeObjects, when } from './check.ts';

/** Groups nodes that say the same thing: a thousand nodes of one repository are one finding. */
function grouped(
  nodes: readonly NodeSnapshot[],
  by: (node: NodeSnapshot) => string,
): [string, NodeSnapshot[]][] {
  const groups = new Map<string, NodeSnapshot[]>();
  for (const node of nodes) {
    const key = by(node);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return [...groups];
}

const hostOf = ({ host }: NodeSnapshot) => (host.status === 'reached' ? host : undefined);

/** What a node is to install on its way: a worker that skips hops needs fewer versions than a control plane. */
function wantedByNode(snapshot: Snapshot, intent: UpgradeIntent): Map<NodeSnapshot, KubernetesVersion[]> {
  const wanted = new Map<NodeSnapshot, KubernetesVersion[]>();
  for (const { version, controlPlanes, workers } of legsOf(snapshot, intent)) {
    for (const node of [...controlPlanes, ...workers]) {
      wanted.set(node, [...(wanted.get(node) ?? []), version]);
    }
  }
  return wanted;
}

/** Whether every node that gets a turn can install what it is taken to from its repository. */
export const checkRepositories: Check = (snapshot, intent, policy): Finding[] => {
  const { target } = intent;
  const wanted = wantedByNode(withoutExcluded(snapshot, policy), intent);
  const reached = snapshot.nodes.filter((node) => wanted.has(node) && hostOf(node) !== undefined);
  const without = reached.filter(
    (node) => hostOf(node)?.repositoryMinor === undefined && (hostOf(node)?.offered ?? []).length === 0,
  );
  const missing = (node: NodeSnapshot) => {
    const offered = hostOf(node)?.offered ?? [];
    return (wanted.get(node) ?? []).filter((version) => !offered.includes(version));
  };
  const configured = reached.filter((node) => !without.includes(node) && missing(node).length > 0);
  const failing = configured.filter((node) => hostOf(node)?.offeredProblem !== undefined);
  const working = configured.filter((node) => hostOf(node)?.offeredProblem === undefined);
  const unasked = working.filter((node) => hostOf(node)?.offered === undefined);
  const lacking = working.filter((node) => hostOf(node)?.offered !== undefined);
  const offer = (node: NodeSnapshot) => (hostOf(node)?.offered ?? []).toSorted(compareVersions).join(', ');
  /** Versions that are there in part: kubeadm without its kubelet. */
  const partly = (node: NodeSnapshot) =>
    missing(node)
      .flatMap((version) => {
        const without = hostOf(node)?.offeredWithout?.[version];
        return without === undefined ? [] : [` ${listOf(without)} ${version} is missing beside kubeadm.`];
      })
      .join('');
  const lack = (node: NodeSnapshot) => missing(node).join(', ');
  const names = (nodes: readonly NodeSnapshot[]) => listOf(nodes.map((node) => node.name));

  return [
    ...grouped(failing, (node) => hostOf(node)?.offeredProblem ?? '').map(([problem, nodes]): Finding => {
      const expired = nodes.some(
        (node) => hostOf(node)?.offeredProblemCode === 'packages.repository-key-expired',
      );
      return {
        code: expired ? 'packages.repository-key-expired' : 'packages.repository-unreachable',
        severity: 'blocker',
        objects: nodeObjects(nodes),
        summary: expired
          ? `The key that signs the package repository has expired on ${names(nodes)}: ${problem}`
          : `The package repository cannot be asked on ${names(nodes)}: ${problem}`,
        facts: { problem },
        remedy: expired
          ? 'Fetch the new key there (pkgs.k8s.io: Release.key of that minor, into the keyring that the source names), then plan again.'
          : 'Run the update of the package lists by hand on one of them, mend what it says, then plan again.',
      };
    }),
    ...when(without.length > 0, () => ({
      code: 'packages.repository-not-found',
      severity: 'blocker' as const,
      objects: nodeObjects(without),
      summary: `No Kubernetes package repository is configured on ${names(without)}.`,
      facts: {},
      remedy: 'Configure the repository that the other nodes use there, then plan again.',
    })),
    ...grouped(lacking, (node) => `${lack(node)} ${offer(node)} ${partly(node)}`).map(
      ([, nodes]): Finding => {
        const [one] = nodes;
        const offered = one === undefined ? '' : offer(one);
        const lacked = one === undefined ? target : lack(one);
        const half = one === undefined ? '' : partly(one);
        return {
          code: 'packages.version-missing',
          severity: 'blocker',
          objects: nodeObjects(nodes),
          summary: `No package of ${lacked} is on offer to ${names(nodes)}; on offer: ${offered || 'nothing'}.${half}`,
          facts: { target, missing: lacked, offered: offered || 'nothing' },
          remedy:
            offered === ''
              ? 'See whether the repository (or its mirror) carries that minor at all, then plan again.'
              : 'Ask for a version on offer, or bring the missing packages to the mirror and plan again.',
        };
      },
    ),
    ...when(unasked.length > 0, () => ({
      code: 'packages.offer-unknown',
      severity: 'warning' as const,
      objects: nodeObjects(unasked),
      summary: `Whether ${target} is on offer to ${names(unasked)} is not known: the repository was not asked.`,
      facts: { target },
      remedy: 'The run halts at such a node, before it is drained, if its repository lacks the version.',
    })),
  ];
};
