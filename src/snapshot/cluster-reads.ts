import { StepFailure } from '../domain/failure.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import type { Kubernetes, PdbObject, Rollout } from '../ports/kubernetes.ts';
import type { Gap } from './control-plane.ts';

/** What a snapshot asks the API server for. */
export type SnapshotApi = Pick<
  Kubernetes,
  'serverVersions' | 'listNodes' | 'listPods' | 'listPdbs' | 'getConfigMap' | 'getDaemonSet' | 'getDeployment'
>;

/** What a plan can do without, each with a gap where it could not be read. */
export interface OptionalReads {
  readonly apiServers: Readonly<Record<string, KubernetesVersion>>;
  readonly pdbs: readonly PdbObject[];
  readonly addons: { readonly kubeProxyImage?: string; readonly coreDnsImage?: string };
  readonly gaps: readonly Gap[];
}

/** Reads at the same time what a plan can do without. Throws nothing that a port throws. */
export async function readOptional(kubernetes: SnapshotApi): Promise<OptionalReads> {
  const gaps: Gap[] = [];
  const orGap = async <Value>(what: string, fallback: Value, read: Promise<Value>): Promise<Value> => {
    try {
      return await read;
    } catch (error) {
      gaps.push({ what, why: whyOf(error) });
      return fallback;
    }
  };
  const imageOf = (rollout: Rollout | undefined) => rollout?.image;
  const [apiServers, pdbs, kubeProxyImage, coreDnsImage] = await Promise.all([
    orGap('the versions of the API servers', {}, kubernetes.serverVersions()),
    orGap('the disruption budgets', [], kubernetes.listPdbs()),
    orGap('kube-proxy', undefined, kubernetes.getDaemonSet('kube-system', 'kube-proxy').then(imageOf)),
    orGap('CoreDNS', undefined, kubernetes.getDeployment('kube-system', 'coredns').then(imageOf)),
  ]);
  return {
    apiServers,
    pdbs,
    addons: { ...(kubeProxyImage ? { kubeProxyImage } : {}), ...(coreDnsImage ? { coreDnsImage } : {}) },
    gaps,
  };
}

/** The sentence of a port's failure; what no port throws is a defect and goes on. */
export function whyOf(error: unknown): string {
  if (error instanceof StepFailure) return error.message.replace(/\.$/, '');
  throw error;
}
