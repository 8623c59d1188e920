import type {
  ChannelId,
  ClusterName,
  NodeName,
  PlanDigest,
  RunId,
  StepKey,
  UserId,
} from '../../src/domain/names.ts';
import { Plan, type Turn } from '../../src/domain/plan.ts';
import { Policy } from '../../src/domain/policy.ts';
import type { Step, StepKind } from '../../src/domain/step.ts';
import { version } from '../../src/domain/version.ts';

export const cluster = 'prod-eu' as ClusterName;
export const dana = 'U0DANA' as UserId;
export const amir = 'U0AMIR' as UserId;
export const li = 'U0LI' as UserId;
export const channel = 'C0OPS' as ChannelId;
export const runId = 'abc234' as RunId;
export const target = version('v1.34.9');

const saved = { run: runId, path: '/backups/prod-eu/file', sha256: 'a'.repeat(64) };

const inputs: { [Kind in StepKind]: (node: NodeName) => Step['input'] } = {
  'check-drift': () => ({ basis: 'basis' }),
  'back-up-etcd': (node) => ({ node }),
  'back-up-external-etcd': (node) => ({ node, command: ['save-etcd', '{target}'] }),
  'back-up-config-maps': () => ({}),
  'back-up-node-files': (node) => ({ node, role: 'worker' }),
  'switch-repository': (node) => ({ node, minor: '1.34' }) as Step['input'],
  'install-kubeadm': (node) => ({ node, version: target }),
  'pull-images': (node) => ({ node, version: target, imageRepository: 'registry.k8s.io' }),
  'move-etcd-leader': (node) => ({ node }),
  'upgrade-control-plane': (node) => ({
    node,
    version: target,
    mode: 'apply',
    etcd: 'stacked',
    kubeadm: { ignorePreflightErrors: [] },
  }),
  'upgrade-kubelet-config': (node) => ({ node, version: target, kubeadm: { ignorePreflightErrors: [] } }),
  'drain-node': (node) => ({ node }),
  'install-kubelet': (node) => ({ node, version: target }),
  'restart-kubelet': (node) => ({ node, version: target }),
  'verify-node': (node) => ({ node, version: target, role: 'worker' }),
  'uncordon-node': (node) => ({ node }),
  'verify-addons': () => ({ version: target }),
  'run-addon': (node) => ({
    node,
    version: target,
    name: 'cilium',
    when: 'after-hop',
    action: { kind: 'command', command: ['cilium', 'upgrade'] },
    verify: ['cilium', 'status'],
    timeoutSeconds: 60,
  }),
  'cordon-node': (node) => ({ node, maxUnavailable: 1 }),
  'mark-next-nodes': (node) => ({ nodes: [node, 'w-99' as NodeName] }),
  'unmark-next-nodes': (node) => ({ nodes: [node, 'w-99' as NodeName] }),
  'record-workloads': (node) => ({ nodes: [node], batch: 'batch-1' }),
  soak: () => ({ batch: 'batch-1', minimumSeconds: 0, timeoutSeconds: 60 }),
  gate: () => ({
    name: 'workers-1',
    gate: { kind: 'approval', before: 'workers', needed: 1, timeoutMinutes: 10 },
  }),
  'quarantine-node': (node) => ({ node }),
  'verify-cluster': () => ({ version: target }),
  'restore-node-files': (node) => ({ node, role: 'worker', backup: saved }),
  'restore-static-pods': (node) => ({ node, version: target, pods: ['kube-apiserver'], backup: saved }),
  'restore-config-maps': () => ({ names: ['kubeadm-config'], backup: saved }),
  'restore-addons': () => ({ version: target, backup: saved, configMaps: saved }),
  'enable-etcd-downgrade': (node) => ({ node, minor: '3.5' }) as Step['input'],
  'stop-static-pods': (node) => ({ node, pods: ['kube-apiserver'] }),
  'restore-etcd': (node) =>
    ({
      node,
      backup: saved,
      minor: '3.5',
      member: node,
      members: [{ name: node, peerUrl: 'https://10.0.0.1:2380' }],
      token: 'back-abc234',
    }) as Step['input'],
  'restart-node-agents': (node) => ({ node, version: target, role: 'worker' }),
};

/** A step of any kind with a plausible input. */
export function sampleStep(kind: StepKind, subject: string): Step {
  const key = `v1.34.9/${subject}/${kind}` as StepKey;
  return { kind, key, input: inputs[kind](subject as NodeName) } as Step;
}

const turn = (subject: string, kinds: StepKind[]): Turn => ({
  subject: subject === 'cluster' ? { kind: 'cluster' } : { kind: 'node', node: subject as NodeName },
  reason: 'because the test says so',
  steps: kinds.map((kind) => sampleStep(kind, subject)),
});

const workerKinds: StepKind[] = [
  'drain-node',
  'install-kubelet',
  'restart-kubelet',
  'verify-node',
  'uncordon-node',
];

/** A small plan of the real shape: one control plane, a canary, a batch of two workers. */
export function samplePlan(policy: Parameters<typeof Policy.parse>[0] = {}): Plan {
  return Plan.parse({
    kind: 'plan',
    digest: 'd'.repeat(64) as PlanDigest,
    cluster,
    from: 'v1.33.13',
    to: target,
    hops: [target],
    etcd: { from: '3.5.24-0', to: '3.6' },
    phases: [
      { kind: 'before', batches: [{ turns: [turn('cluster', ['check-drift', 'back-up-config-maps'])] }] },
      {
        kind: 'control-plane',
        batches: [{ turns: [turn('cp-1', ['install-kubeadm', 'upgrade-control-plane', ...workerKinds])] }],
      },
      { kind: 'canary', batches: [{ turns: [turn('w-01', workerKinds)] }] },
      { kind: 'workers', batches: [{ turns: [turn('w-02', workerKinds), turn('w-03', workerKinds)] }] },
      { kind: 'after', batches: [{ turns: [turn('cluster', ['verify-cluster'])] }] },
    ],
    findings: [],
    reversibility: { summary: 'free until cp-1 is upgraded' },
    estimateSeconds: 600,
    basis: 'basis',
    policy: Policy.parse(policy),
  });
}
