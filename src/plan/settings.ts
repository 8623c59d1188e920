import type { UpgradeIntent } from '../domain/intent.ts';
import type { Flag } from '../domain/machine-facts.ts';
import type { Policy } from '../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../domain/snapshot.ts';
import type { Component } from './data/changes/flags.ts';
import { minorsByNode } from './way/way-of-nodes.ts';

/** Where something is configured that a component will start with after the upgrade. */
interface Place {
  readonly component: Component;
  /** A file, or a ConfigMap of kube-system. */
  readonly place: string;
  /** The node whose file it is; absent for what is the whole cluster's. */
  readonly node?: NodeSnapshot;
  /** The minors that the component is taken through. */
  readonly minors: readonly number[];
}

export interface FlagSetting extends Place {
  readonly flag: Flag;
}

export interface GateSetting extends Place {
  readonly gate: string;
  readonly value: boolean;
}

export interface Settings {
  readonly flags: readonly FlagSetting[];
  readonly gates: readonly GateSetting[];
}

const controlPlaneComponents = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/**
 * What components are going to be started with. kubeadm writes manifests anew from ClusterConfiguration, and config.yaml
 * from kubelet-config: what stands only in the files that it overwrites does not count, unless that source is not known
 * or patches may bring it back.
 */
export function settingsAfter(snapshot: Snapshot, intent: UpgradeIntent, policy: Policy): Settings {
  const ways = minorsByNode(snapshot, intent);
  const nodes = [...ways].flatMap(([node, minors]) =>
    node.host.status === 'reached' && node.host.machine !== undefined
      ? [{ node, minors, machine: node.host.machine }]
      : [],
  );
  const all = sorted([...ways].flatMap(([, minors]) => minors));
  const ofControlPlanes = sorted(
    [...ways].flatMap(([node, minors]) => (node.role === 'control-plane' ? minors : [])),
  );
  const { settings, kubelet } = snapshot.kubeadm;

  const flags: FlagSetting[] = nodes.flatMap(({ node, minors, machine }) =>
    machine.kubelet.arguments.flatMap(({ file, flags: given }) =>
      given.map((flag): FlagSetting => ({ component: 'kubelet', place: file, node, minors, flag })),
    ),
  );
  for (const component of controlPlaneComponents) {
    for (const flag of settings?.components[component].flags ?? []) {
      flags.push({ component, place: 'kubeadm-config', minors: ofControlPlanes, flag });
    }
    if (settings !== undefined && policy.kubeadm.patchesDirectory === undefined) continue;
    for (const { node, minors, machine } of nodes) {
      const pod = machine.staticPods.find(({ file }) => file === `${component}.yaml`);
      const place = `/etc/kubernetes/manifests/${component}.yaml`;
      for (const flag of pod?.flags ?? []) flags.push({ component, place, node, minors, flag });
    }
  }

  const gates: GateSetting[] = flags.flatMap(({ flag, ...place }) =>
    flag.name === 'feature-gates'
      ? gatesIn(flag.value).map(([gate, value]): GateSetting => ({ ...place, gate, value }))
      : [],
  );
  if (kubelet !== undefined) {
    for (const [gate, value] of Object.entries(kubelet.featureGates)) {
      gates.push({ component: 'kubelet', place: 'kubelet-config', minors: all, gate, value });
    }
  }
  if (kubelet === undefined || policy.kubeadm.patchesDirectory !== undefined) {
    const place = '/var/lib/kubelet/config.yaml';
    for (const { node, minors, machine } of nodes) {
      for (const [gate, value] of Object.entries(machine.kubelet.featureGates)) {
        gates.push({ component: 'kubelet', place, node, minors, gate, value });
      }
    }
  }
  return { flags: flags.filter(hasTurn), gates: gates.filter(hasTurn) };
}

const hasTurn = ({ minors }: Place): boolean => minors.length > 0;
const sorted = (minors: readonly number[]): number[] => [...new Set(minors)].toSorted((a, b) => a - b);

/** `A=true,B=false` as --feature-gates has it. */
function gatesIn(value = ''): [string, boolean][] {
  return value.split(',').flatMap((part): [string, boolean][] => {
    const [gate = '', setting = ''] = part.trim().split('=');
    return gate === '' ? [] : [[gate, /^(true|1|t)$/i.test(setting)]];
  });
}
