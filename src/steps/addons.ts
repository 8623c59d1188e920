import { z } from 'zod';
import type { Kubernetes, Rollout } from '../ports/kubernetes.ts';
import type { StepFacts } from '../ports/step-handler.ts';
import { notReady } from './not-ready.ts';
import { type Look, met, notYet } from './wait-until.ts';

const RolloutState = z.object({
  image: z.string(),
  desired: z.number(),
  updated: z.number(),
  available: z.number(),
  observed: z.boolean(),
});

/** kube-proxy and CoreDNS, which kubeadm installs and upgrades; absent where the cluster does without. */
export const Addons = z.object({ kubeProxy: RolloutState.optional(), coreDns: RolloutState.optional() });
export type Addons = z.infer<typeof Addons>;

const SavedState = RolloutState.extend({
  /** The workload's template of pods; older bots did not save it. */
  template: z.record(z.string(), z.unknown()).optional(),
});
export type SavedAddon = z.infer<typeof SavedState>;

/** The same as they are saved, to be put back by a rollback. */
export const SavedAddons = z.object({ kubeProxy: SavedState.optional(), coreDns: SavedState.optional() });
export type SavedAddons = z.infer<typeof SavedAddons>;

export const kubeProxyObject = { kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' } as const;
export const coreDnsObject = { kind: 'Deployment', namespace: 'kube-system', name: 'coredns' } as const;

/** The backup that tells how the add-ons were doing before anything was changed. */
export const addonsBeforeName = 'addons-before.json';

export async function readAddons(
  kubernetes: Pick<Kubernetes, 'getDaemonSet' | 'getDeployment'>,
): Promise<Addons> {
  const [kubeProxy, coreDns] = await Promise.all([
    kubernetes.getDaemonSet('kube-system', 'kube-proxy'),
    kubernetes.getDeployment('kube-system', 'coredns'),
  ]);
  return {
    ...(kubeProxy === undefined ? {} : { kubeProxy: { ...kubeProxy } }),
    ...(coreDns === undefined ? {} : { coreDns: { ...coreDns } }),
  };
}

/** Whether both are rolled out, no worse than they were before; how they stand then. */
export function lookAtRollouts(now: Addons, before: Addons): Look<StepFacts> {
  const problem =
    (now.kubeProxy && rolloutProblem('kube-proxy', now.kubeProxy, before.kubeProxy)) ??
    (now.coreDns && rolloutProblem('CoreDNS', now.coreDns, before.coreDns));
  if (problem !== undefined) return notYet(problem);
  return met({
    'kube-proxy': now.kubeProxy ? rolloutFact(now.kubeProxy) : 'not in use',
    CoreDNS: now.coreDns ? rolloutFact(now.coreDns) : 'not in use',
  });
}

/**
 * Why an add-on's rollout is not through yet; undefined when it is. Replicas that were not available before the upgrade
 * need not be afterwards: a DNS that had been down does not come up because of new control planes, and waiting for it
 * would stop an upgrade that did no harm.
 * @param before the same add-on before the upgrade; undefined when that is not known: then all must be available
 */
function rolloutProblem(
  name: string,
  now: Rollout,
  before: Pick<Rollout, 'desired' | 'available'> | undefined,
): string | undefined {
  if (!now.observed) return `${name}: its controller has not seen the new version yet`;
  if (now.updated < now.desired)
    return `${name}: ${now.updated} of ${now.desired} pods are of the new version`;
  const missingBefore = before ? Math.max(0, before.desired - before.available) : 0;
  const enough = Math.max(0, now.desired - missingBefore);
  return now.available < enough
    ? `${name}: ${now.available} of ${now.desired} pods are available`
    : undefined;
}

/** How an add-on stands, for people; says so where it stays as bad as it was before. */
function rolloutFact(now: Rollout): string {
  const tag = now.image.slice(now.image.lastIndexOf(':') + 1);
  return now.available < now.desired
    ? `${tag}, only ${now.available} of ${now.desired} available, as before the upgrade`
    : `${tag}, ${now.available} of ${now.desired} available`;
}

/** By what kubeadm labels the pods of its add-ons. */
const addonLabels: ReadonlySet<string | undefined> = new Set(['kube-proxy', 'kube-dns']);

/** The add-ons' pods that are not ready, with node and reason, for people: `coredns-5d78-x on w-2: ContainerCreating`. */
export async function unreadyAddonPods(
  kubernetes: Pick<Kubernetes, 'listPods' | 'listNodes'>,
): Promise<string[]> {
  const [pods, nodes] = await Promise.all([
    kubernetes.listPods({ namespace: 'kube-system' }),
    kubernetes.listNodes(),
  ]);
  const away = new Map(nodes.flatMap((node) => (node.ready ? [] : [[node.name, notReady(node)] as const])));
  return pods
    .filter(({ labels, ready }) => !ready && addonLabels.has(labels['k8s-app']))
    .map(({ name, node, notReadyBecause }) => {
      if (node === undefined) return `${name} has no node: ${notReadyBecause ?? 'it waits for one'}`;
      const because = away.has(node) ? `${node} is ${away.get(node)}` : (notReadyBecause ?? 'not ready');
      return `${name} on ${node}: ${because}`;
    })
    .toSorted();
}

/** The add-ons with what it takes to put them back. */
export async function readAddonsToSave(
  kubernetes: Pick<Kubernetes, 'getDaemonSet' | 'getDeployment' | 'getRestorable'>,
): Promise<SavedAddons> {
  const [now, kubeProxy, coreDns] = await Promise.all([
    readAddons(kubernetes),
    kubernetes.getRestorable(kubeProxyObject),
    kubernetes.getRestorable(coreDnsObject),
  ]);
  return {
    ...(now.kubeProxy && {
      kubeProxy: { ...now.kubeProxy, ...(kubeProxy && { template: kubeProxy.content }) },
    }),
    ...(now.coreDns && { coreDns: { ...now.coreDns, ...(coreDns && { template: coreDns.content }) } }),
  };
}
