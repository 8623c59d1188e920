import { StepFailure } from '../domain/failure.ts';
import { type KubernetesVersion, parseVersion } from '../domain/version.ts';
import type { Kubernetes } from '../ports/kubernetes.ts';

/** What a cluster runs, by two quick calls; or why it did not say. */
export type Present =
  | {
      readonly status: 'known';
      readonly apiServers: readonly KubernetesVersion[];
      readonly kubelets: readonly KubernetesVersion[];
    }
  | { readonly status: 'unknown'; readonly problem: string };

/** Asks API servers and nodes for their versions alone: enough to know what else is to be asked. */
export async function presentOf(
  kubernetes: Pick<Kubernetes, 'serverVersions' | 'listNodes'>,
): Promise<Present> {
  try {
    const [versions, nodes] = await Promise.all([kubernetes.serverVersions(), kubernetes.listNodes()]);
    const apiServers = Object.values(versions);
    if (apiServers.length === 0) return { status: 'unknown', problem: 'No API server told its version.' };
    const kubelets = nodes.flatMap((node) => parseVersion(node.kubeletVersion) ?? []);
    return { status: 'known', apiServers, kubelets };
  } catch (error) {
    if (error instanceof StepFailure) return { status: 'unknown', problem: error.message };
    throw error;
  }
}
