import type { Batch, Phase, Turn } from '../../domain/plan.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import type { StaticPod, Step } from '../../domain/step.ts';
import { MinorVersion } from '../../domain/version.ts';
import { stepKey } from '../phases/step-key.ts';
import { controlPlanesOf, etcdMembersOf } from '../running.ts';
import { compareNames } from '../text.ts';
import { etcdLineAt } from './destination.ts';
import type { NodeBack } from './node-back.ts';
import { backupOf, kubeletsAfter, type Sight } from './sight.ts';
import { type Given, moveLeader, restorePods, savedFile } from './turns.ts';

/**
 * etcd's formal downgrade: allowed for the cluster as a whole first, then member by member with the whole older manifest,
 * the leader last. API servers stay as they are meanwhile.
 */
export function downgradePhase(ordered: readonly NodeBack[], given: Given): Phase[] {
  const { sight, scope } = given;
  const members = ordered.filter(({ etcd }) => etcd);
  const [first] = members;
  if (first === undefined || sight.etcd.line === undefined) return [];
  const enable: Step = {
    kind: 'enable-etcd-downgrade',
    key: stepKey(scope, 'enable-etcd-downgrade'),
    input: { node: first.node.name, minor: MinorVersion.parse(sight.etcd.line) },
  };
  const isAlone = etcdMembersOf(sight.snapshot).length === 1;
  return [
    {
      kind: 'etcd',
      batches: [
        {
          turns: [
            {
              subject: { kind: 'cluster' },
              reason: 'etcd has to agree before any member is older',
              steps: [enable],
            },
          ],
        },
        ...members.map(
          (back): Batch => ({
            turns: [
              {
                subject: { kind: 'node', node: back.node.name },
                reason: reasonOf(back.node, sight),
                steps: [
                  ...(isAlone ? [] : [moveLeader(back.node, scope)]),
                  restorePods(
                    back,
                    ['etcd'],
                    back.to.at.controlPlane?.apiServer ?? sight.destination.version,
                    sight,
                    stepKey(scope, 'restore-static-pods', back.node.name, 'etcd'),
                  ),
                ],
              },
            ],
          }),
        ),
      ],
    },
  ];
}

/** Why a control plane stands where it does. */
export function reasonOf(node: Pick<NodeSnapshot, 'name'>, { snapshot }: Pick<Sight, 'snapshot'>): string {
  const leader = etcdMembersOf(snapshot).find(({ isLeader }) => isLeader)?.node;
  return node.name === leader ? 'etcd leader, last' : 'by name';
}

/** Control planes in the order in which they go back: by name, etcd's leader last. */
export function inOrderBack<Item extends { readonly node: NodeSnapshot }>(
  items: readonly Item[],
  sight: Sight,
): Item[] {
  const leader = etcdMembersOf(sight.snapshot).find(({ isLeader }) => isLeader)?.node;
  return items.toSorted(
    (a, b) =>
      Number(a.node.name === leader) - Number(b.node.name === leader) ||
      compareNames(a.node.name, b.node.name),
  );
}

/** Nodes whose agents are restarted at the same time. */
const agentsAtOnce = 20;

/**
 * The snapshot restored on all members (etcd.io "Disaster recovery"): API servers and controllers stop everywhere, then
 * etcd; every member gets the same data under its own name; etcd starts everywhere, then the API servers, then the
 * controllers; at last whatever keeps a watch cache begins anew, because revisions have jumped.
 */
export function restorePhase(given: Given): Phase[] {
  const { sight, scope } = given;
  const { snapshot, destination, upgrade } = sight;
  const backup = backupOf(sight, destination.etcdSnapshot, 'etcd-snapshot');
  const states = controlPlanesOf(snapshot)
    .toSorted((a, b) => compareNames(a.name, b.name))
    .flatMap((node) => {
      const to = destination.nodes.get(node.name);
      return to === undefined ? [] : [{ node, to }];
    });
  if (backup === undefined) throw new RangeError('No etcd snapshot is in the backup');
  const members = states.map(({ node, to }) => ({
    name: memberOf(node),
    peerUrl: peerUrlOf(node, to.at.address),
  }));
  // Another one in every try: members of another life of the cluster are never joined.
  const token = `back-${upgrade.run.id}-${upgrade.earlier + 1}`;
  const everywhere = (reason: string, stepFor: (state: (typeof states)[number]) => Step): Batch => ({
    turns: states.map(
      (state): Turn => ({
        subject: { kind: 'node', node: state.node.name },
        reason,
        steps: [stepFor(state)],
      }),
    ),
  });
  const stop = (name: string, pods: StaticPod[]) =>
    everywhere(`${name} first, everywhere`, ({ node }) => ({
      kind: 'stop-static-pods',
      key: stepKey(scope, 'stop-static-pods', node.name, name),
      input: { node: node.name, pods },
    }));
  const start = (name: string, pods: StaticPod[]) =>
    everywhere(`${name} everywhere, before what needs it`, (state) =>
      restorePods(
        state,
        pods,
        state.to.at.controlPlane?.apiServer ?? destination.version,
        sight,
        stepKey(scope, 'restore-static-pods', state.node.name, name),
      ),
    );
  const restore = everywhere('every member from the same snapshot', ({ node, to }) => ({
    kind: 'restore-etcd',
    key: stepKey(scope, 'restore-etcd', node.name),
    input: {
      node: node.name,
      backup: savedFile(backup),
      minor: MinorVersion.parse(etcdLineAt(to)),
      member: memberOf(node),
      members,
      token,
    },
  }));
  return [
    {
      kind: 'etcd',
      batches: [
        stop('api-servers', ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']),
        stop('etcd', ['etcd']),
        restore,
        start('etcd', ['etcd']),
        start('api-servers', ['kube-apiserver']),
        start('controllers', ['kube-controller-manager', 'kube-scheduler']),
        ...agentBatches(given),
      ],
    },
  ];
}

function agentBatches({ sight, scope }: Given): Batch[] {
  const kubelets = kubeletsAfter(sight);
  const turns = sight.snapshot.nodes
    .toSorted((a, b) => a.role.localeCompare(b.role) || compareNames(a.name, b.name))
    .map(
      ({ name, role, kubeletVersion }): Turn => ({
        subject: { kind: 'node', node: name },
        reason: 'forgets what it knew of the lost data',
        steps: [
          {
            kind: 'restart-node-agents',
            key: stepKey(scope, 'restart-node-agents', name),
            input: { node: name, version: kubelets.get(name) ?? kubeletVersion, role },
          },
        ],
      }),
    );
  const batches: Batch[] = [];
  for (let start = 0; start < turns.length; start += agentsAtOnce) {
    batches.push({ turns: turns.slice(start, start + agentsAtOnce) });
  }
  return batches;
}

/** kubeadm names members after their nodes; the manifest says so itself. */
function memberOf(node: NodeSnapshot): string {
  return etcdFlag(node, 'name') ?? node.name;
}

/**
 * Where a member listens for its peers: as its manifest says; else on the node's own address, port 2380 (kubeadm
 * constants.go EtcdListenPeerPort).
 */
function peerUrlOf(node: NodeSnapshot, saved: string | undefined): string {
  const told = etcdFlag(node, 'initial-advertise-peer-urls')?.split(',')[0];
  if (told !== undefined && URL.canParse(told)) return told;
  const address = node.internalAddress ?? saved ?? node.name;
  return `https://${address.includes(':') ? `[${address}]` : address}:2380`;
}

function etcdFlag({ host }: NodeSnapshot, flag: string): string | undefined {
  if (host.status !== 'reached') return undefined;
  const manifest = host.machine?.staticPods.find(({ file }) => file === 'etcd.yaml');
  return manifest?.flags.find(({ name }) => name.replace(/^--/, '') === flag)?.value;
}
