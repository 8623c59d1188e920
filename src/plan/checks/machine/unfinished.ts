import type { NodeSnapshot } from '../../../domain/snapshot.ts';
import { compareVersions, parseVersion } from '../../../domain/version.ts';
import { currentVersion } from '../../running.ts';
import { listOf } from '../../text.ts';
import { minorsByNode } from '../../way/way-of-nodes.ts';
import { type Check, nodeObjects, when } from '../check.ts';

function installedKubelet({ host }: NodeSnapshot) {
  return host.status === 'reached' && host.packages.kubelet !== undefined
    ? parseVersion(host.packages.kubelet)
    : undefined;
}

const names = (nodes: readonly NodeSnapshot[]) => listOf(nodes.map(({ name }) => name));

/** What an earlier upgrade has begun on single nodes and not finished, and whether this plan does. */
export const checkUnfinishedNodes: Check = (snapshot, intent) => {
  const current = currentVersion(snapshot);
  const ways = minorsByNode(snapshot, intent);
  const asleep = snapshot.nodes.filter((node) => {
    const installed = installedKubelet(node);
    return installed !== undefined && installed !== node.kubeletVersion;
  });
  const left = asleep.filter((node) => !ways.has(node));
  const behind = snapshot.nodes.filter((node) => compareVersions(node.kubeletVersion, current) < 0);
  const some = behind.length > 0 && behind.length < snapshot.nodes.length;
  return [
    ...when(asleep.length > 0, () => ({
      code: 'skew.kubelet-not-restarted',
      severity: 'warning' as const,
      objects: nodeObjects(asleep),
      summary: `Another kubelet is installed than runs: ${listOf(
        asleep.map(
          (node) => `${node.name} runs ${node.kubeletVersion}, installed is ${installedKubelet(node)}`,
        ),
      )}. ${left.length > 0 ? `Nothing in this plan restarts it on ${names(left)}.` : 'This plan finishes that.'}`,
      facts: Object.fromEntries(
        asleep.map((node) => [node.name, `${node.kubeletVersion}, ${installedKubelet(node)}`]),
      ),
      remedy:
        left.length > 0
          ? 'Drain such a node, restart its kubelet and uncordon it by hand.'
          : 'See why it was not restarted; until its turn, a restart of the machine would bring it up.',
    })),
    ...when(some, () => ({
      code: 'skew.kubelets-behind',
      severity: 'info' as const,
      objects: nodeObjects(behind),
      summary: `An earlier upgrade has not reached ${listOf(
        behind.map((node) => `${node.name} (${node.kubeletVersion})`),
      )}: the control plane runs ${current}. This plan takes them along.`,
      facts: Object.fromEntries(behind.map((node) => [node.name, node.kubeletVersion])),
      remedy: 'Nothing, unless those nodes were left out on purpose.',
    })),
  ];
};
