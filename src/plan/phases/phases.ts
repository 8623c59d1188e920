import type { Batch, Phase, PhaseKind, Turn } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import type { Step } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { isApplied } from '../nodes/pending.ts';
import { controlPlanesOf } from '../running.ts';
import { addonPhases, controlPlaneFor } from './addon-phases.ts';
import { controlPlaneCatchUpTurn, controlPlaneKubeletTurn, staticPodsTurn } from './control-plane-turn.ts';
import { backupMember, orderControlPlanes } from './order.ts';
import { stepKey } from './step-key.ts';

const clusterTurn = (reason: string, steps: Step[]): Batch => ({
  turns: [{ subject: { kind: 'cluster' }, reason, steps }],
});

/** A phase whose turns are taken alone; none where there is nothing to do. */
function oneByOne(kind: PhaseKind, turns: readonly Turn[]): Phase[] {
  return turns.length === 0 ? [] : [{ kind, batches: turns.map((turn) => ({ turns: [turn] })) }];
}

/** What is looked at and saved before the first change. Files of all control planes are read at the same time. */
export function beforePhase(snapshot: Snapshot, basis: string, policy: Policy): Phase {
  const drift: Step = { kind: 'check-drift', key: stepKey('before', 'check-drift'), input: { basis } };
  return savingPhase('before', 'the first change', [drift], snapshot, policy);
}

/** The same things saved anew before a later hop: the way back from it leads to where the cluster is by then. */
export function beforeHopPhase(version: KubernetesVersion, snapshot: Snapshot, policy: Policy): Phase {
  return savingPhase(version, `the hop to ${version}`, [], snapshot, policy);
}

function savingPhase(
  scope: KubernetesVersion | 'before',
  what: string,
  first: readonly Step[],
  snapshot: Snapshot,
  policy: Policy,
): Phase {
  const before = scope === 'before' ? {} : { before: scope };
  const files = controlPlanesOf(snapshot).map(
    ({ name, role }): Turn => ({
      subject: { kind: 'node', node: name },
      reason: `saved before ${what}`,
      steps: [
        {
          kind: 'back-up-node-files',
          key: stepKey(scope, 'back-up-node-files', name),
          input: { node: name, role, ...before },
        },
      ],
    }),
  );
  return {
    kind: 'before',
    batches: [
      clusterTurn(`looked at and saved before ${what}`, [
        ...first,
        ...etcdBackup(scope, snapshot, policy),
        { kind: 'back-up-config-maps', key: stepKey(scope, 'back-up-config-maps'), input: before },
      ]),
      { turns: files },
    ],
  };
}

function etcdBackup(scope: KubernetesVersion | 'before', snapshot: Snapshot, policy: Policy): Step[] {
  const before = scope === 'before' ? {} : { before: scope };
  if (snapshot.etcd.topology === 'external') {
    const { backupCommand: command, backupNode } = policy.etcd;
    const node = controlPlaneFor(snapshot, backupNode);
    if (command === undefined || node === undefined) return [];
    const key = stepKey(scope, 'back-up-external-etcd');
    return [{ kind: 'back-up-external-etcd', key, input: { node, command, ...before } }];
  }
  const member = backupMember(snapshot);
  return member?.node === undefined
    ? []
    : [
        {
          kind: 'back-up-etcd',
          key: stepKey(scope, 'back-up-etcd'),
          input: { node: member.node, ...before },
        },
      ];
}

/** Kubelets of control planes that catch up with their own static pods, before the next hop would leave them behind. */
export function catchUpPhases(
  version: KubernetesVersion,
  behind: readonly NodeSnapshot[],
  snapshot: Snapshot,
): Phase[] {
  const places = orderControlPlanes(behind, snapshot, version);
  return oneByOne(
    'control-plane',
    places.map((place) => controlPlaneCatchUpTurn(place, version)),
  );
}

/**
 * One hop of the control plane, one node at a time: the static pods of all, the addons that kubeadm rolls out with the
 * last one, then the kubelets; configured add-ons before and after all of it.
 */
export function controlPlanePhases(
  version: KubernetesVersion,
  pending: readonly NodeSnapshot[],
  snapshot: Snapshot,
  policy: Policy,
): Phase[] {
  const places = orderControlPlanes(
    pending.filter((node) => node.role === 'control-plane'),
    snapshot,
    version,
  );
  const applied = isApplied(snapshot, version);
  const addons = clusterTurn('kubeadm rolls CoreDNS and kube-proxy out with the last control plane', [
    { kind: 'verify-addons', key: stepKey(version, 'verify-addons'), input: { version } },
  ]);
  return [
    ...addonPhases('before-hop', version, snapshot, policy),
    ...oneByOne(
      'control-plane',
      places.map((place, index) =>
        staticPodsTurn(place, index === 0 && !applied ? 'apply' : 'node', version, snapshot, policy),
      ),
    ),
    { kind: 'addons', batches: [addons] },
    ...oneByOne(
      'control-plane',
      places.map((place) => controlPlaneKubeletTurn(place, version)),
    ),
    ...addonPhases('after-hop', version, snapshot, policy),
  ];
}

/** The proof that everything is where it was to go. */
export function afterPhase(version: KubernetesVersion): Phase {
  return {
    kind: 'after',
    batches: [
      clusterTurn('proves that every node and addon arrived', [
        { kind: 'verify-cluster', key: stepKey('after', 'verify-cluster'), input: { version } },
      ]),
    ],
  };
}
