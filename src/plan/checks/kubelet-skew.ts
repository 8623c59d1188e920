import { compareVersions, minorNumber } from '../../domain/version.ts';
import { type Check, nodeObjects, when } from '../check.ts';
import { currentVersion } from '../running.ts';
import { listOf } from '../text.ts';

/** A kubelet may be this many minors older than the newest kube-apiserver (version skew policy, since 1.28). */
export const kubeletMinorsBehind = 3;

/** Whether every kubelet may stand beside the API servers of today and of the target (version skew policy, kubelet). */
export const checkKubeletSkew: Check = (snapshot, { target }) => {
  const apiServer = currentVersion(snapshot);
  const oldestAllowed = minorNumber(target) - kubeletMinorsBehind;
  const tooOld = snapshot.nodes.filter((node) => minorNumber(node.kubeletVersion) < oldestAllowed);
  const beyond = snapshot.nodes.filter((node) => compareVersions(node.kubeletVersion, target) > 0);
  const ahead = snapshot.nodes.filter(
    (node) => minorNumber(node.kubeletVersion) > minorNumber(apiServer) && !beyond.includes(node),
  );
  const facts = (nodes: typeof tooOld) => ({
    apiServer,
    target,
    ...Object.fromEntries(nodes.map((node) => [node.name, node.kubeletVersion])),
  });
  const names = (nodes: typeof tooOld) =>
    listOf(nodes.map((node) => `${node.name} (${node.kubeletVersion})`));
  return [
    ...when(tooOld.length > 0, () => ({
      code: 'skew.kubelet-too-old',
      severity: 'blocker' as const,
      objects: nodeObjects(tooOld),
      summary: `Kubelets are more than ${kubeletMinorsBehind} minors older than ${target}: ${names(tooOld)}.`,
      facts: facts(tooOld),
      remedy: `Bring them to 1.${oldestAllowed} or newer, at most ${apiServer}, before the control plane goes on.`,
    })),
    ...when(beyond.length > 0, () => ({
      code: 'skew.kubelet-newer-than-target',
      severity: 'blocker' as const,
      objects: nodeObjects(beyond),
      summary: `Kubelets are newer than ${target} already: ${names(beyond)}.`,
      facts: facts(beyond),
      remedy: 'Ask for a version that is at least as new, or take those kubelets back first.',
    })),
    ...when(ahead.length > 0, () => ({
      code: 'skew.kubelet-newer-than-api-server',
      severity: 'warning' as const,
      objects: nodeObjects(ahead),
      summary: `Kubelets are newer than the oldest kube-apiserver (${apiServer}), which no one supports: ${names(ahead)}.`,
      facts: facts(ahead),
      remedy: 'This plan ends it by taking the control plane up; look at those nodes before approving.',
    })),
  ];
};
