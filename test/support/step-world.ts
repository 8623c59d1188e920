import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createBackupStore } from '../../src/adapters/backup/backup-store.ts';
import { NodeName, RunId, StepKey } from '../../src/domain/names.ts';
import type { Step, StepKind, StepOf } from '../../src/domain/step.ts';
import { MinorVersion, version } from '../../src/domain/version.ts';
import { criSocketAnnotation } from '../../src/node/cri-socket.ts';
import { controlPlaneComponents, parseManifests } from '../../src/node/manifests.ts';
import type { StepHandlers } from '../../src/ports/step-handler.ts';
import { stepHandlers } from '../../src/steps/index.ts';
import { type TestContext, testContext } from './attempts.ts';
import { type CrashPoint, crashPoints } from './crash-points.ts';
import { type FakeKubernetes, fakeKubernetes, nodeObject, podObject } from './fake-kubernetes.ts';
import { type NodeWorld, nodeWorld } from './node-world.ts';
import { type WaitingClock, waitingClock } from './waiting-clock.ts';

export const target = version('v1.34.9');
export const cp1 = NodeName.parse('cp-1');

/** One machine, its cluster and a directory for backups, with the handlers of all steps between them. */
export interface StepWorld {
  readonly clock: WaitingClock;
  readonly node: NodeWorld;
  readonly kubernetes: FakeKubernetes;
  readonly handlers: StepHandlers;
  readonly backupDirectory: string;
  /** Backups that were recorded, over all attempts. */
  readonly recorded: TestContext['backups'];
  /** Files beside the bot's configuration. */
  readonly localFiles: Map<string, string>;
  readonly context: (attempt?: number, policy?: unknown) => TestContext;
  /** What was changed on the machine and in the cluster, in order. */
  readonly effects: () => string[];
  readonly effectCount: () => number;
  /** From now on the process lives. */
  readonly disarm: () => void;
}

/** Calls whose effects outlive the process; a test may let it die around each of them. */
const hostEffects = ['act', 'writeFile', 'download', 'upload'] as const;
const apiEffects = [
  'cordon',
  'uncordon',
  'annotateNode',
  'labelNode',
  'evictPod',
  'markNext',
  'unmarkNext',
  'deletePod',
  'addReplica',
  'dropReplica',
  'putBack',
] as const;
const backupEffects = ['writeText', 'prune'] as const;

export async function stepWorld(
  options: { controlPlane?: boolean; crashes?: readonly CrashPoint[]; aroundReads?: boolean } = {},
): Promise<StepWorld> {
  const backupDirectory = await mkdtemp(join(tmpdir(), 'steps-'));
  onTestFinished(() => rm(backupDirectory, { recursive: true, force: true }));
  const clock = waitingClock();
  const points = crashPoints(options.crashes ?? []);
  const node = nodeWorld({ clock, controlPlane: options.controlPlane ?? true });
  const kubernetes = fakeKubernetes(clock);
  await setUp(kubernetes, node, options.controlPlane ?? true);
  const host = points.around(node.host, options.aroundReads ? [...hostEffects, 'read'] : hostEffects);
  const api = points.around(kubernetes, apiEffects);
  const backups = points.around(createBackupStore({ directory: backupDirectory, keep: 2 }), backupEffects);
  const recorded: TestContext['backups'] = [];
  const localFiles = new Map<string, string>();
  return {
    clock,
    node,
    kubernetes,
    backupDirectory,
    recorded,
    localFiles,
    handlers: stepHandlers({
      kubernetesOf: () => api,
      remoteHostOf: () => host,
      backups,
      localFiles: { readText: async (path) => localFiles.get(path) },
      metricsOf: () => undefined,
      clock,
      driftSince: async (_, { basis }) =>
        basis === 'basis' ? undefined : 'cp-1: kubelet v1.34.9 (was v1.33.13)',
    }),
    context: (attempt = 1, policy = {}) =>
      points.around(testContext({ attempt, policy, backups: recorded }), ['recordBackup']),
    effects: () => [...node.journal, ...kubernetes.journal],
    effectCount: points.count,
    disarm: points.disarm,
  };
}

/** The cluster shows what the machine is, as a kubelet would report it. */
async function setUp(kubernetes: FakeKubernetes, node: NodeWorld, controlPlane: boolean): Promise<void> {
  const { state, files, clock } = node;
  kubernetes.nodes.set(
    cp1,
    nodeObject('cp-1', { annotations: { [criSocketAnnotation]: 'unix:///run/containerd/containerd.sock' } }),
  );
  kubernetes.daemonSets.set('kube-system/kube-proxy', {
    image: 'registry.k8s.io/kube-proxy:v1.33.13',
    desired: 3,
    updated: 3,
    available: 3,
    observed: true,
  });
  kubernetes.deployments.set('kube-system/coredns', {
    image: 'registry.k8s.io/coredns/coredns:v1.12.0',
    desired: 2,
    updated: 2,
    available: 2,
    observed: true,
  });
  for (const name of ['kubeadm-config', 'kubelet-config', 'kube-proxy', 'coredns'])
    kubernetes.configMaps.set(`kube-system/${name}`, { name });
  const report = async (): Promise<void> => {
    const now = kubernetes.nodes.get(cp1);
    if (now) kubernetes.nodes.set(cp1, { ...now, kubeletVersion: state.kubelet.version });
    kubernetes.leases.set(cp1, Math.max(clock.now(), state.kubelet.startedAt * 1_000));
    if (!controlPlane) return;
    const lines = await Promise.all(
      ['etcd', ...controlPlaneComponents].map(async (one) => {
        const text = await files.readFile(`/etc/kubernetes/manifests/${one}.yaml`).catch(() => '');
        return `${one} ${/image: (\S+)/.exec(text)?.[1] ?? ''}`;
      }),
    );
    for (const [component, image] of parseManifests(lines.join('\n'))) {
      kubernetes.pods.set(
        component,
        podObject(`kube-system/${component}-cp-1`, {
          uid: component,
          node: cp1,
          isMirror: true,
          images: { [component]: image },
        }),
      );
    }
    const installed = /kube-apiserver:(\S+)/.exec(lines.join('\n'))?.[1] ?? '';
    kubernetes.configMaps.set('kube-system/kubeadm-config', {
      ClusterConfiguration: `kubernetesVersion: ${installed}\netcd:\n  local: {}\n`,
    });
  };
  state.onChange = report;
  await report();
}

const saved = { run: RunId.parse('abc234'), path: '/backups/prod-eu/file', sha256: 'a'.repeat(64) };

const inputs: { [Kind in StepKind]: StepOf<Kind>['input'] } = {
  'check-drift': { basis: 'basis' },
  'back-up-etcd': { node: cp1 },
  'back-up-external-etcd': { node: cp1, command: ['save-etcd', '{target}'] },
  'back-up-config-maps': {},
  'back-up-node-files': { node: cp1, role: 'control-plane' },
  'switch-repository': { node: cp1, minor: MinorVersion.parse('1.34') },
  'install-kubeadm': { node: cp1, version: target },
  'pull-images': { node: cp1, version: target, imageRepository: 'registry.k8s.io' },
  'move-etcd-leader': { node: cp1 },
  'upgrade-control-plane': {
    node: cp1,
    version: target,
    mode: 'apply',
    etcd: 'stacked',
    kubeadm: { ignorePreflightErrors: [] },
  },
  'upgrade-kubelet-config': { node: cp1, version: target, kubeadm: { ignorePreflightErrors: [] } },
  'drain-node': { node: cp1 },
  'install-kubelet': { node: cp1, version: target },
  'restart-kubelet': { node: cp1, version: target },
  'verify-node': { node: cp1, version: target, role: 'worker' },
  'uncordon-node': { node: cp1 },
  'verify-addons': { version: target },
  'run-addon': {
    node: cp1,
    version: target,
    name: 'cilium',
    when: 'after-hop',
    action: { kind: 'command', command: ['cilium', 'upgrade', 'v1.34.9'] },
    verify: ['cilium', 'status'],
    timeoutSeconds: 60,
  },
  'cordon-node': { node: cp1, maxUnavailable: 1 },
  'record-workloads': { nodes: [cp1], batch: 'batch-1' },
  'mark-next-nodes': { nodes: [cp1, NodeName.parse('w-99')] },
  'unmark-next-nodes': { nodes: [cp1, NodeName.parse('w-99')] },
  soak: { batch: 'batch-1', minimumSeconds: 0, timeoutSeconds: 60 },
  gate: {
    name: 'workers-1',
    gate: { kind: 'approval', before: 'workers', needed: 1, timeoutMinutes: 10 },
  },
  'quarantine-node': { node: cp1 },
  'verify-cluster': { version: target },
  'restore-node-files': { node: cp1, role: 'control-plane', backup: saved },
  'restore-static-pods': { node: cp1, version: target, pods: ['kube-apiserver'], backup: saved },
  'restore-config-maps': { names: ['kubeadm-config'], backup: saved },
  'restore-addons': { version: target, backup: saved, configMaps: saved },
  'enable-etcd-downgrade': { node: cp1, minor: MinorVersion.parse('3.5') },
  'stop-static-pods': { node: cp1, pods: ['kube-apiserver'] },
  'restore-etcd': {
    node: cp1,
    backup: saved,
    minor: MinorVersion.parse('3.5'),
    member: cp1,
    members: [{ name: cp1, peerUrl: 'https://10.0.0.11:2380' }],
    token: 'back-abc234',
  },
  'restart-node-agents': { node: cp1, version: target, role: 'control-plane' },
};

/** A step of that kind about the world's machine. */
export function stepOf<Kind extends StepKind>(
  kind: Kind,
  input: Partial<StepOf<Kind>['input']> = {},
): StepOf<Kind> {
  const step: unknown = {
    kind,
    key: StepKey.parse(`v1.34.9/cp-1/${kind}`),
    input: { ...inputs[kind], ...input },
  };
  return step as StepOf<Kind> & Step;
}
