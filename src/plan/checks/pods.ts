import type { FindingObject } from '../../domain/finding.ts';
import { pendingNodes } from '../nodes/pending.ts';
import { count, forms, listOf } from '../text.ts';
import { type Check, when } from './check.ts';

interface PodOnNode {
  readonly pod: string;
  readonly node: string;
}

function podObjects(pods: readonly PodOnNode[]): FindingObject[] {
  return pods.map(({ pod }) => {
    const [namespace = '', name = pod] = pod.split('/');
    return { kind: 'Pod', namespace, name };
  });
}

const told = (pods: readonly PodOnNode[]) => listOf(pods.map(({ pod, node }) => `${pod} on ${node}`));

/** Pods that lose something when they are evicted: themselves (nothing recreates them) or their emptyDir data. */
export const checkPods: Check = (snapshot, { target }, { drain }) => {
  const drained = pendingNodes(snapshot, target);
  const onNodes = (of: 'unmanaged' | 'emptyDir') =>
    drained.flatMap((node) => node.pods[of].map((pod): PodOnNode => ({ pod, node: node.name })));
  const unmanaged = onNodes('unmanaged');
  const emptyDir = onNodes('emptyDir');
  const pods = count(unmanaged.length, 'pod');
  return [
    ...when(unmanaged.length > 0, () => ({
      code: 'drain.unmanaged-pods',
      severity: drain.deleteUnmanagedPods ? ('warning' as const) : ('blocker' as const),
      objects: podObjects(unmanaged),
      summary: drain.deleteUnmanagedPods
        ? `${pods} without a controller will be deleted and not come back: ${told(unmanaged)}.`
        : `${pods} without a controller would not come back: ${told(unmanaged)}.`,
      facts: { pods: String(unmanaged.length) },
      remedy: drain.deleteUnmanagedPods
        ? 'Give them a controller, or save what they hold, before approving.'
        : `Delete ${forms(unmanaged, 'it', 'them')} by hand or give ${forms(unmanaged, 'it', 'them')} a controller; or set policy.drain.deleteUnmanagedPods.`,
    })),
    ...when(emptyDir.length > 0, () => ({
      code: 'drain.empty-dir-data',
      severity: drain.deleteEmptyDirData ? ('info' as const) : ('blocker' as const),
      objects: podObjects(emptyDir),
      summary: `${count(emptyDir.length, 'pod')} ${forms(emptyDir, 'loses its', 'lose their')} emptyDir data when evicted: ${told(emptyDir)}.`,
      facts: { pods: String(emptyDir.length) },
      remedy: drain.deleteEmptyDirData
        ? 'Nothing, if that data is scratch space; else move it to a volume first.'
        : 'Move the data to a volume, or set policy.drain.deleteEmptyDirData.',
    })),
  ];
};
