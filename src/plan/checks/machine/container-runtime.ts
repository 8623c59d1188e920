import semver from 'semver';
import type { NodeSnapshot } from '../../../domain/snapshot.ts';
import { oldestContainerd, runtimeConfigNeededFrom } from '../../data/changes/node.ts';
import { listOf } from '../../text.ts';
import { minorsByNode } from '../../way/way-of-nodes.ts';
import { type Check, nodeObjects, when } from '../check.ts';

/** `containerd://1.6.20` of a Node's status; undefined for another runtime, or a version that says nothing. */
function containerdOf({ containerRuntime }: NodeSnapshot): string | undefined {
  const match = /^containerd:\/\/(\d\S*)$/.exec(containerRuntime);
  return semver.coerce(match?.[1] ?? '')?.version;
}

const told = (nodes: readonly NodeSnapshot[]) =>
  listOf(nodes.map((node) => `${node.name} (${containerdOf(node)})`));

/** Whether a kubelet of the target works with the containerd that is there. */
export const checkContainerRuntime: Check = (snapshot, intent) => {
  const ways = minorsByNode(snapshot, intent);
  const nodes = [...ways].flatMap(([node, minors]) => {
    const containerd = containerdOf(node);
    return containerd === undefined ? [] : [{ node, containerd, minor: minors.at(-1) ?? 0 }];
  });
  const unfit = nodes
    .filter(
      ({ containerd, minor }) =>
        semver.lt(containerd, oldestContainerd) ||
        (minor >= runtimeConfigNeededFrom && semver.lt(containerd, '2.0.0')),
    )
    .map(({ node }) => node);
  const last = nodes
    .filter(
      ({ node, containerd, minor }) =>
        minor === runtimeConfigNeededFrom - 1 && semver.lt(containerd, '2.0.0') && !unfit.includes(node),
    )
    .map(({ node }) => node);
  return [
    ...when(unfit.length > 0, () => ({
      code: 'node.runtime-too-old',
      severity: 'blocker' as const,
      objects: nodeObjects(unfit),
      summary: `containerd is too old for a kubelet of ${intent.target} on ${told(unfit)}.`,
      facts: Object.fromEntries(unfit.map((node) => [node.name, node.containerRuntime])),
      remedy: 'Upgrade containerd there first, one node at a time, drained; then plan again.',
    })),
    ...when(last.length > 0, () => ({
      code: 'node.runtime-too-old',
      severity: 'warning' as const,
      objects: nodeObjects(last),
      summary: `containerd 1.x works with v1.${runtimeConfigNeededFrom - 1} for the last time, on ${told(last)}.`,
      facts: Object.fromEntries(last.map((node) => [node.name, node.containerRuntime])),
      remedy: `Upgrade it to 2.x before v1.${runtimeConfigNeededFrom}.`,
    })),
  ];
};
