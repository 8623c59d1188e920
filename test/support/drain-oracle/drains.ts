import pLimit from 'p-limit';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import { createKubernetes } from '../../../src/adapters/kubernetes/create-kubernetes.ts';
import { NodeName, StepKey } from '../../../src/domain/names.ts';
import type { Kubernetes } from '../../../src/ports/kubernetes.ts';
import { drainNode } from '../../../src/steps/drain/drain-node.ts';
import { kubectl } from '../../sandbox/cluster/support/kubectl.ts';
import { attempt, testContext } from '../attempts.ts';
import { silentLog } from '../silent-log.ts';
import type { DrainCase } from './cases.ts';

/** What became of one drain. */
export interface Drained {
  readonly ended: 'drained' | 'refused' | 'gave-up';
  /** Pods that kept it from beginning, `namespace/name`, sorted. */
  readonly refused: readonly string[];
  /** Pods that are on the node after it, sorted. */
  readonly left: readonly string[];
  readonly tookMs: number;
  /** What was said, for whoever has to find out why the two differ. */
  readonly said: string;
}

export type Drain = (one: DrainCase) => Promise<Drained>;

/** The API of a cluster by its kubeconfig, as the program has it. */
export function kubernetesAt(kubeconfig: string): Kubernetes & { close(): void } {
  const config = { kubeconfig, endpoints: [], timeoutSeconds: 15 };
  return createKubernetes({ config, clock: systemClock, log: silentLog });
}

/** The DaemonSet pods of the cluster itself have names of chance. */
async function leftOn(kubernetes: Kubernetes, node: string): Promise<string[]> {
  const pods = await kubernetes.listPods({ node: NodeName.parse(node) });
  return pods
    .filter(({ namespace }) => namespace !== 'kube-system')
    .map(({ namespace, name }) => `${namespace}/${name}`)
    .toSorted();
}

/** `kubectl drain` as a person would call it. */
export function byKubectl(kubeconfig: string, kubernetes: Kubernetes, timeoutSeconds: number): Drain {
  return async ({ node, force, deleteEmptyDirData }) => {
    const began = performance.now();
    const { code, stderr } = await kubectl(
      kubeconfig,
      'drain',
      node,
      '--ignore-daemonsets',
      `--timeout=${timeoutSeconds}s`,
      ...(force ? ['--force'] : []),
      ...(deleteEmptyDirData ? ['--delete-emptydir-data'] : []),
    );
    const tookMs = performance.now() - began;
    const refused = refusedBy(stderr);
    return {
      ended: code === 0 ? 'drained' : refused.length > 0 ? 'refused' : 'gave-up',
      refused,
      left: await leftOn(kubernetes, node),
      tookMs,
      said: stderr,
    };
  };
}

/** `cannot delete Pods that declare no controller (use --force to override): a/b, a/c` (kubectl pkg/drain filters.go). */
function refusedBy(stderr: string): string[] {
  const lines = [...stderr.matchAll(/cannot delete [^\n]*?: ((?:[\w.-]+\/[\w.-]+)(?:, [\w.-]+\/[\w.-]+)*)/g)];
  return [...new Set(lines.flatMap(([, pods = '']) => pods.split(', ')))].toSorted();
}

/** The program's own step, with the policy that the flags stand for. */
export function byBot(kubernetes: Kubernetes, timeoutSeconds: number): Drain {
  const handler = drainNode({ kubernetesOf: () => kubernetes, clock: systemClock });
  return async ({ node: name, force, deleteEmptyDirData }) => {
    const node = NodeName.parse(name);
    const step = {
      kind: 'drain-node',
      key: StepKey.parse(`v1.34.9/${name}/drain-node`),
      input: { node },
    } as const;
    const began = performance.now();
    const policy = { drain: { timeoutSeconds, deleteUnmanagedPods: force, deleteEmptyDirData } };
    const tried = await attempt(handler, step, testContext({ startedAt: Date.now(), policy }));
    const tookMs = performance.now() - began;
    const failure = tried.status === 'failed' ? tried.failure : undefined;
    const isRefused = failure?.code === 'drain.refused';
    return {
      ended: failure === undefined ? 'drained' : isRefused ? 'refused' : 'gave-up',
      refused: isRefused ? (failure.facts['pods'] ?? '').split(', ').toSorted() : [],
      left: await leftOn(kubernetes, name),
      tookMs,
      said: failure?.message ?? '',
    };
  };
}

/** Drains all cases on both sides at the same time, so many nodes at once on each. */
export async function sideBySide(
  cases: readonly DrainCase[],
  drains: { readonly kubectl: Drain; readonly bot: Drain },
  atOnce: number,
): Promise<{ readonly one: DrainCase; readonly kubectl: Drained; readonly bot: Drained }[]> {
  const limit = pLimit(atOnce);
  return Promise.all(
    cases.map((one) =>
      limit(async () => {
        const [byKubectl, byBot] = await Promise.all([drains.kubectl(one), drains.bot(one)]);
        return { one, kubectl: byKubectl, bot: byBot };
      }),
    ),
  );
}
