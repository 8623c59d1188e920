import type { RunId } from '../../domain/names.ts';
import type { Turn } from '../../domain/plan.ts';
import type { SavedFile } from '../../domain/rollback.ts';
import type { ObservedBackup } from '../../domain/rollback-facts.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import type { StaticPod, Step } from '../../domain/step.ts';
import { type KubernetesVersion, minorOf } from '../../domain/version.ts';
import { type KeyScope, stepKey } from '../phases/step-key.ts';
import { etcdMembersOf } from '../running.ts';
import { kubeadmAt } from './destination.ts';
import type { NodeBack } from './node-back.ts';
import { backupOf, type Sight } from './sight.ts';

/** What all turns of a rollback have in common. */
export interface Given {
  readonly sight: Sight;
  /** The first part of the steps' keys. */
  readonly scope: KubernetesVersion;
}

/** A backup as a step is told of it. */
export function savedFile({ run, path, sha256 }: ObservedBackup): SavedFile {
  return { run, path, sha256 };
}

/** The files of a node as they were; verdicts have made sure that they are there. */
export function nodeFiles(
  sight: Sight,
  { to, node }: Pick<NodeBack, 'to'> & { node: Pick<NodeSnapshot, 'name'> },
): SavedFile {
  const backup = backupOf(sight, to.step, 'node-files');
  if (backup === undefined) throw new RangeError(`No files of ${node.name} are in the backup`);
  return savedFile(backup);
}

/**
 * The machine's turn: packages, the kubelet's files, the kubelet. What can fail without harm comes first. The kubelet's
 * files go back before its package, because installing that may restart it, and an older kubelet does not start on newer
 * files: from 1.34 on they no longer tell it where the container runtime is (NodeLocalCRISocket).
 */
export function machineTurn(back: NodeBack, reason: string, given: Given, pool?: string): Turn {
  const { node, to } = back;
  const { name, role } = node;
  const { scope, sight } = given;
  const { kubelet } = to.at;
  const key = (kind: Step['kind']) => stepKey(scope, kind, name);
  const own: Step[] =
    role === 'worker' && (back.kubelet || back.files || back.tools)
      ? [{ kind: 'back-up-node-files', key: key('back-up-node-files'), input: { node: name, role } }]
      : [];
  const tools: Step[] =
    back.kubelet || back.tools
      ? [
          {
            kind: 'switch-repository',
            key: key('switch-repository'),
            input: { node: name, minor: minorOf(kubeadmAt(to)) },
          },
          {
            kind: 'install-kubeadm',
            key: key('install-kubeadm'),
            input: { node: name, version: kubeadmAt(to) },
          },
        ]
      : [];
  const files: Step[] =
    back.kubelet || back.files
      ? [
          {
            kind: 'restore-node-files',
            key: key('restore-node-files'),
            input: { node: name, role, backup: nodeFiles(sight, back) },
          },
        ]
      : [];
  const restart: Step[] =
    back.kubelet || back.files
      ? [
          { kind: 'restart-kubelet', key: key('restart-kubelet'), input: { node: name, version: kubelet } },
          {
            kind: 'verify-node',
            key: key('verify-node'),
            input: {
              node: name,
              version: kubelet,
              role,
              ...(role === 'control-plane' ? { only: 'kubelet' as const } : {}),
            },
          },
        ]
      : [];
  const steps: Step[] = [
    ...own,
    ...tools,
    // kubelets change minors only on drained nodes (version skew policy, "Supported component upgrade order").
    ...(back.kubelet ? [{ kind: 'drain-node' as const, key: key('drain-node'), input: { node: name } }] : []),
    ...files,
    ...(back.kubelet
      ? [
          {
            kind: 'install-kubelet' as const,
            key: key('install-kubelet'),
            input: { node: name, version: kubelet, downgrade: true },
          },
        ]
      : []),
    ...restart,
    ...uncordonSteps(back, key('uncordon-node'), sight.upgrade.cordoners),
  ];
  return {
    subject: { kind: 'node', node: name },
    reason,
    ...(pool === undefined ? {} : { pool }),
    steps: nonEmpty(steps),
  };
}

/** What is cordoned by this rollback, or by the run that it takes back. A cordon of anybody else stays. */
function uncordonSteps(
  { node, kubelet, cordoned }: NodeBack,
  key: Step['key'],
  also: readonly RunId[],
): Step[] {
  const isOurs = cordoned || (kubelet && !node.unschedulable);
  return isOurs ? [{ kind: 'uncordon-node', key, input: { node: node.name, also: [...also] } }] : [];
}

function nonEmpty(steps: Step[]): Step[] {
  if (steps.length === 0) throw new RangeError('A turn without steps');
  return steps;
}

/**
 * The static pods' turn of a control plane: the controllers before the API server, which they may not be newer than; etcd
 * last, and only where it goes back, too.
 */
export function staticPodsTurn(back: NodeBack, reason: string, { sight, scope }: Given): Turn {
  const { node, to } = back;
  const { name, role } = node;
  const version = to.at.controlPlane?.apiServer ?? sight.destination.version;
  const movesLeader = back.etcd && etcdMembersOf(sight.snapshot).length > 1;
  const pods: StaticPod[] = [
    ...(back.staticPods ? (['kube-controller-manager', 'kube-scheduler', 'kube-apiserver'] as const) : []),
    ...(back.etcd ? (['etcd'] as const) : []),
  ];
  return {
    subject: { kind: 'node', node: name },
    reason,
    steps: [
      ...(movesLeader ? [moveLeader(node, scope)] : []),
      restorePods(back, pods, version, sight, stepKey(scope, 'restore-static-pods', name)),
      ...(isUniform(back)
        ? [
            {
              kind: 'verify-node' as const,
              key: stepKey(scope, 'verify-node', name, 'control-plane'),
              input: { node: name, version, role },
            },
          ]
        : []),
    ],
  };
}

/** Whether the node is at one version in everything then: only that can be verified as a whole. */
function isUniform({ to, node, kubelet }: NodeBack): boolean {
  const { apiServer, controllerManager, scheduler } = to.at.controlPlane ?? {};
  const after = kubelet ? to.at.kubelet : node.kubeletVersion;
  return [apiServer, controllerManager, scheduler].every((version) => version === after);
}

/** Leadership is moved away before a member restarts, in every turn: it can have moved there by itself. */
export function moveLeader({ name }: Pick<NodeSnapshot, 'name'>, scope: KeyScope): Step {
  return { kind: 'move-etcd-leader', key: stepKey(scope, 'move-etcd-leader', name), input: { node: name } };
}

/** Manifests of one control plane back from the run's backup, in the order given. */
export function restorePods(
  back: Pick<NodeBack, 'to'> & { node: Pick<NodeSnapshot, 'name'> },
  pods: readonly StaticPod[],
  version: KubernetesVersion,
  sight: Sight,
  key: Step['key'],
): Step {
  const backup = nodeFiles(sight, back);
  return {
    kind: 'restore-static-pods',
    key,
    input: { node: back.node.name, version, pods: [...pods], backup },
  };
}
