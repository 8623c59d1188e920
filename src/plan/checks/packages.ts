import type { NodeSnapshot } from '../../domain/snapshot.ts';
import { compareVersions, parseVersion } from '../../domain/version.ts';
import { pendingNodes } from '../nodes/pending.ts';
import { listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

const names = (nodes: readonly NodeSnapshot[]) => listOf(nodes.map((node) => node.name));

/** What the package manager of each node that gets a turn stands at: cut off midway, ahead of the target, not held. */
export const checkPackages: Check = (snapshot, { target }) => {
  const hosts = pendingNodes(snapshot, target).flatMap((node) =>
    node.host.status === 'reached' ? [{ node, host: node.host }] : [],
  );
  const interrupted = hosts.filter(({ host }) => host.interruptedPackages).map(({ node }) => node);
  const ahead = hosts.flatMap(({ node, host }) => {
    const newer = [host.packages.kubeadm, host.packages.kubelet].flatMap((text) => {
      const version = text === undefined ? undefined : parseVersion(text);
      return version !== undefined && compareVersions(version, target) > 0 ? [version] : [];
    });
    return newer.length > 0 ? [{ node, newer }] : [];
  });
  const loose = hosts
    .filter(({ host }) => !['kubeadm', 'kubelet', 'kubectl'].every((name) => host.held.includes(name)))
    .map(({ node }) => node);
  return [
    ...when(ahead.length > 0, () => ({
      code: 'packages.newer-than-target',
      severity: 'blocker' as const,
      objects: nodeObjects(ahead.map(({ node }) => node)),
      summary: `Installed packages are newer than ${target} on ${names(ahead.map(({ node }) => node))}.`,
      facts: Object.fromEntries(ahead.map(({ node, newer }) => [node.name, newer.join(', ')])),
      remedy: 'Ask for a version that is at least as new, or take those packages back by hand.',
    })),
    ...when(interrupted.length > 0, () => ({
      code: 'packages.interrupted',
      severity: 'warning' as const,
      objects: nodeObjects(interrupted),
      summary: `An earlier package operation was cut off on ${names(interrupted)}; it is repaired before the install.`,
      facts: {},
      remedy:
        'Nothing, unless `dpkg --audit` there names packages that are not Kubernetes: those are repaired as well.',
    })),
    ...when(loose.length > 0, () => ({
      code: 'packages.not-held',
      severity: 'info' as const,
      objects: nodeObjects(loose),
      summary: `Kubernetes packages are not all held on ${names(loose)}; each is held after its install.`,
      facts: {},
      remedy: 'Nothing: without a hold the next system update would move them past the plan.',
    })),
  ];
};
