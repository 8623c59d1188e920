import type { KubeletConfiguration, MachineFacts } from '../../../domain/machine-facts.ts';
import type { Policy } from '../../../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../../domain/snapshot.ts';
import { cgroupV1RefusedFrom } from '../../data/changes/node.ts';
import { listOf } from '../../text.ts';
import { type Check, nodeObjects, when } from '../check.ts';
import { toldWithTurn } from './reached.ts';

type Field = 'failSwapOn' | 'failCgroupV1';
const flagOf: Readonly<Record<Field, string>> = {
  failSwapOn: 'fail-swap-on',
  failCgroupV1: 'fail-cgroupv1',
};

/**
 * A field as the kubelet will have it: a flag overrules its configuration, which kubeadm writes from kubelet-config. With
 * patches what the node has now is the best guess: they are applied again.
 */
function fieldAfter(
  field: Field,
  { kubelet }: MachineFacts,
  shared: KubeletConfiguration | undefined,
  policy: Policy,
): boolean | undefined {
  const flag = kubelet.arguments.flatMap(({ flags }) => flags).findLast(({ name }) => name === flagOf[field]);
  if (flag !== undefined) return flag.value !== 'false';
  const patched = policy.kubeadm.patchesDirectory === undefined ? undefined : kubelet[field];
  return patched ?? (shared ?? kubelet)[field];
}

/** Nodes whose own file says what kubelet-config does not say: it is overwritten. */
function overwritten(field: Field, nodes: readonly { machine: MachineFacts }[], snapshot: Snapshot): string {
  const { kubelet } = snapshot.kubeadm;
  const own = nodes.some(({ machine }) => machine.kubelet[field] === false);
  return kubelet !== undefined && own
    ? ` Their own config.yaml says ${field}: false, but kubeadm writes it anew from the ConfigMap kubelet-config.`
    : '';
}

const names = (nodes: readonly { node: NodeSnapshot }[]) => listOf(nodes.map(({ node }) => node.name));

/** Whether kubelets are going to start with the swap that is on. */
export const checkSwap: Check = (snapshot, intent, policy) => {
  const swapping = toldWithTurn(snapshot, intent).filter(
    ({ machine }) =>
      machine.swaps.length > 0 &&
      fieldAfter('failSwapOn', machine, snapshot.kubeadm.kubelet, policy) !== false,
  );
  return when(swapping.length > 0, () => ({
    code: 'node.swap-on',
    severity: 'blocker',
    objects: nodeObjects(swapping.map(({ node }) => node)),
    summary: `Swap is on at ${names(swapping)}, and the kubelet does not start with it.${overwritten('failSwapOn', swapping, snapshot)}`,
    facts: Object.fromEntries(swapping.map(({ node, machine }) => [node.name, machine.swaps.join(', ')])),
    remedy:
      'Switch it off (`swapoff -a`, and its line in /etc/fstab); or, if swap is meant, set failSwapOn: false in the ConfigMap kubelet-config.',
  }));
};

/** Whether kubelets are going to start on cgroup v1. */
export const checkCgroups: Check = (snapshot, intent, policy) => {
  const old = toldWithTurn(snapshot, intent).filter(({ machine }) => machine.cgroup === 1);
  const refused = old.filter(
    ({ machine, minor }) =>
      minor >= cgroupV1RefusedFrom &&
      fieldAfter('failCgroupV1', machine, snapshot.kubeadm.kubelet, policy) !== false,
  );
  const allowed = old.filter((each) => !refused.includes(each));
  return [
    ...when(refused.length > 0, () => ({
      code: 'node.cgroup-v1',
      severity: 'blocker' as const,
      objects: nodeObjects(refused.map(({ node }) => node)),
      summary: `cgroup v1 is in use on ${names(refused)}: from v1.${cgroupV1RefusedFrom} on neither kubeadm nor the kubelet works with it.${overwritten('failCgroupV1', refused, snapshot)}`,
      facts: Object.fromEntries(
        refused.map(({ node }) => [node.name, node.host.status === 'reached' ? node.host.osName : '']),
      ),
      remedy:
        'Move the machines to cgroup v2 (boot with systemd.unified_cgroup_hierarchy=1), or set failCgroupV1: false in kubelet-config and ignore SystemVerification for now.',
    })),
    ...when(allowed.length > 0, () => ({
      code: 'node.cgroup-v1',
      severity: 'info' as const,
      objects: nodeObjects(allowed.map(({ node }) => node)),
      summary: `cgroup v1 is in use on ${names(allowed)}; a kubelet from v1.${cgroupV1RefusedFrom} on starts there only with failCgroupV1: false.`,
      facts: {},
      remedy: 'Move the machines to cgroup v2 before a later upgrade.',
    })),
  ];
};

/** Fields of a node's own kubelet configuration that kubeadm is going to overwrite with others. */
export const checkKubeletFiles: Check = (snapshot, intent, { kubeadm }) => {
  const shared = snapshot.kubeadm.kubelet;
  if (shared === undefined) return [];
  const edited = toldWithTurn(snapshot, intent).flatMap(({ node, machine }) => {
    if (machine.kubelet.unreadable !== undefined) return [];
    const lines = changesOf(machine.kubelet, shared);
    return lines.length === 0 ? [] : [{ node, lines }];
  });
  return when(edited.length > 0, () => ({
    code: 'kubeadm.kubelet-config-edited',
    severity: kubeadm.patchesDirectory === undefined ? 'warning' : 'info',
    objects: nodeObjects(edited.map(({ node }) => node)),
    summary: `config.yaml of the kubelet differs from the ConfigMap kubelet-config on ${names(edited)}; kubeadm writes it anew${kubeadm.patchesDirectory === undefined ? '' : ', and patches may say the same'}: ${listOf([...new Set(edited.flatMap(({ lines }) => lines))], 4)}.`,
    facts: Object.fromEntries(edited.map(({ node, lines }) => [node.name, lines.join(', ')])),
    remedy:
      'Put what is to stay into the ConfigMap kubelet-config, or into a patch of kubeletconfiguration (policy.kubeadm.patchesDirectory).',
  }));
};

function changesOf(own: KubeletConfiguration, shared: KubeletConfiguration): string[] {
  const fields = (['failSwapOn', 'failCgroupV1'] as const).flatMap((field) =>
    own[field] === shared[field] ? [] : [change(field, own[field], shared[field])],
  );
  const gates = [...new Set([...Object.keys(own.featureGates), ...Object.keys(shared.featureGates)])];
  return [
    ...fields,
    ...gates
      .toSorted()
      .flatMap((gate) =>
        own.featureGates[gate] === shared.featureGates[gate]
          ? []
          : [change(`featureGates.${gate}`, own.featureGates[gate], shared.featureGates[gate])],
      ),
  ];
}

const change = (what: string, from?: boolean, to?: boolean): string =>
  `${what} ${from ?? 'unset'} → ${to ?? 'unset'}`;
