import type { NodeSnapshot } from '../../domain/snapshot.ts';
import { compareVersions, type KubernetesVersion, minorNumber } from '../../domain/version.ts';
import { excludedNodes, withoutExcluded } from '../nodes/excluded.ts';
import { currentVersion, newestApiServer } from '../running.ts';
import { forms, listOf } from '../text.ts';
import { kubeletMinorsBehind, legsOf, tidiedFlags } from '../way/legs.ts';
import { type Check, nodeObjects, when } from './check.ts';

const names = (nodes: readonly NodeSnapshot[]) =>
  listOf(nodes.map((node) => `${node.name} (${node.kubeletVersion})`));
const facts = (nodes: readonly NodeSnapshot[], apiServer: KubernetesVersion, target: KubernetesVersion) => ({
  apiServer,
  target,
  ...Object.fromEntries(nodes.map((node) => [node.name, node.kubeletVersion])),
});

/** Whether every kubelet may stand beside the API servers of today and of the way (version skew policy, kubelet). */
export const checkKubeletSkew: Check = (snapshot, intent, policy) => {
  const { target } = intent;
  const apiServer = currentVersion(snapshot);
  const newest = newestApiServer(snapshot);
  // One that the way leaves behind catches up first; not one that today's API servers have left behind already: then no
  // version of kubeadm supports both.
  const oldestAllowed = minorNumber(newest) - kubeletMinorsBehind;
  const tooOld = snapshot.nodes.filter((node) => minorNumber(node.kubeletVersion) < oldestAllowed);
  const beyond = snapshot.nodes.filter((node) => compareVersions(node.kubeletVersion, target) > 0);
  const ahead = snapshot.nodes.filter(
    (node) => minorNumber(node.kubeletVersion) > minorNumber(apiServer) && !beyond.includes(node),
  );
  const stranded = excludedNodes(snapshot, policy).filter(
    (node) =>
      minorNumber(node.kubeletVersion) < minorNumber(target) - kubeletMinorsBehind && !tooOld.includes(node),
  );
  const twice =
    tooOld.length > 0 || beyond.length > 0 ? [] : legsOf(withoutExcluded(snapshot, policy), intent);
  return [
    ...when(tooOld.length > 0, () => ({
      code: 'skew.kubelet-too-old',
      severity: 'blocker' as const,
      objects: nodeObjects(tooOld),
      summary: `Kubelets are more than ${kubeletMinorsBehind} minors older than ${newest}: ${names(tooOld)}.`,
      facts: facts(tooOld, apiServer, target),
      remedy: `Bring them to 1.${oldestAllowed} or newer, at most ${apiServer}, before the control plane goes on.`,
    })),
    ...when(stranded.length > 0, () => ({
      code: 'skew.kubelet-stranded',
      severity: 'blocker' as const,
      objects: nodeObjects(stranded),
      summary: `The policy leaves nodes out that ${target} would leave more than ${kubeletMinorsBehind} minors behind: ${names(stranded)}.`,
      facts: facts(stranded, apiServer, target),
      remedy:
        'Take them out of nodes.exclude in the configuration, upgrade them by hand first, or remove them.',
    })),
    ...when(beyond.length > 0, () => ({
      code: 'skew.kubelet-newer-than-target',
      severity: 'blocker' as const,
      objects: nodeObjects(beyond),
      summary: `Kubelets are newer than ${target} already: ${names(beyond)}.`,
      facts: facts(beyond, apiServer, target),
      remedy: 'Ask for a version that is at least as new, or take those kubelets back first.',
    })),
    ...when(ahead.length > 0, () => ({
      code: 'skew.kubelet-newer-than-api-server',
      severity: 'warning' as const,
      objects: nodeObjects(ahead),
      summary: `Kubelets are newer than the oldest kube-apiserver (${apiServer}), which no one supports: ${names(ahead)}.`,
      facts: facts(ahead, apiServer, target),
      remedy: 'This plan ends it by taking the control plane up; look at those nodes before approving.',
    })),
    ...twice.slice(0, -1).flatMap((leg) => {
      const tidied = leg.isHop ? leg.workers.filter((node) => tidiedFlags(node, leg.version).length > 0) : [];
      const [first] = tidied;
      return when(first !== undefined, () => ({
        code: 'kubeadm.minor-not-skipped',
        severity: 'warning' as const,
        objects: nodeObjects(tidied),
        summary: `Only the kubeadm of ${leg.version} takes --${first === undefined ? '' : tidiedFlags(first, leg.version).join(', --')} away, which later kubelets do not start with: ${names(tidied)} ${forms(tidied, 'stops', 'stop')} there.`,
        facts: { ...facts(tidied, apiServer, target), first: leg.version },
        remedy:
          'Nothing needs to be done; these nodes are drained once more. Without the flag in /var/lib/kubelet/kubeadm-flags.env they would skip that minor.',
      }));
    }),
    ...twice.slice(0, -1).flatMap((leg, index) => {
      const behind = leg.isHop
        ? leg.workers.filter((node) => tidiedFlags(node, leg.version).length === 0)
        : [...leg.controlPlanes, ...leg.workers];
      const next = twice[index + 1]?.version ?? target;
      return when(behind.length > 0, () => ({
        code: 'skew.kubelet-goes-first',
        severity: 'warning' as const,
        objects: nodeObjects(behind),
        summary: `${next} would leave kubelets more than ${kubeletMinorsBehind} minors behind, so they go to ${leg.version} first: ${names(behind)}.`,
        facts: { ...facts(behind, apiServer, target), first: leg.version },
        remedy: 'Nothing needs to be done; these nodes are drained once more than the others.',
      }));
    }),
  ];
};
