import { minorNumber } from '../../../domain/version.ts';
import { removedKubeadmGates } from '../../data/changes/kubeadm-gates.ts';
import { knownMinors } from '../../data/changes/node.ts';
import { listOf } from '../../text.ts';
import { type Check, when } from '../check.ts';

/** Gates of kubeadm itself that it does not know any more: the upgrade passes over them, the next join fails. */
export const checkKubeadmGates: Check = (snapshot, { target }) => {
  const gone = Object.keys(snapshot.kubeadm.featureGates)
    .filter((gate) => (removedKubeadmGates[gate] ?? Number.POSITIVE_INFINITY) <= minorNumber(target))
    .toSorted();
  return when(gone.length > 0, () => ({
    code: 'configuration.kubeadm-gate-removed',
    severity: 'warning',
    objects: [{ kind: 'ConfigMap', namespace: 'kube-system', name: 'kubeadm-config' }],
    summary: `ClusterConfiguration sets gates that kubeadm ${target} does not know: ${listOf(
      gone.map((gate) => `${gate} (gone in v1.${removedKubeadmGates[gate]})`),
    )}. The upgrade passes over them; afterwards no node can join.`,
    facts: Object.fromEntries(gone.map((gate) => [gate, String(snapshot.kubeadm.featureGates[gate])])),
    remedy: 'Take them out of featureGates: `kubectl -n kube-system edit configmap kubeadm-config`.',
  }));
};

/** Whether the target is one that the tables of what minors take away were made for. */
export const checkKnownMinors: Check = (snapshot, { target, cluster }) => {
  const minor = minorNumber(target);
  return when(minor > knownMinors.last, () => ({
    code: 'configuration.changes-unknown',
    severity: 'warning',
    objects: [{ kind: 'Cluster', name: cluster }],
    summary: `What v1.${minor} takes away of flags and feature gates is not known here: the tables end with v1.${knownMinors.last}.`,
    facts: { target, known: `v1.${knownMinors.first} to v1.${knownMinors.last}`, cluster: snapshot.cluster },
    remedy: `Read the urgent upgrade notes of v1.${minor}'s changelog, or use a newer version of this bot.`,
  }));
};
