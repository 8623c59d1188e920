import { type OwnerReference, type Pod, type PodTemplate, type WorkloadObject } from '../model/objects.ts';

export function ownerReference(owner: WorkloadObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** A pod of a template with the defaults that the API server fills in. */
export function podFrom(
  template: PodTemplate,
  owner: WorkloadObject,
  options: { name?: string; labels?: Record<string, string>; spec?: Partial<Pod['spec']> } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: options.name ?? '',
      ...(options.name === undefined && { generateName: `${owner.metadata.name}-` }),
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...template.metadata?.labels, ...options.labels },
      ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: podDefaults({ ...template.spec, ...options.spec }),
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  };
}

export function podDefaults(spec: Pod['spec']): Pod['spec'] {
  return {
    dnsPolicy: 'ClusterFirst',
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
    priority: 0,
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    ...spec,
    tolerations: [
      ...(spec.tolerations ?? []),
      ...['not-ready', 'unreachable']
        .filter(
          (state) => spec.tolerations?.some(({ key }) => key === `node.kubernetes.io/${state}`) !== true,
        )
        .map((state) => ({
          effect: 'NoExecute',
          key: `node.kubernetes.io/${state}`,
          operator: 'Exists' as const,
          tolerationSeconds: 300,
        })),
    ],
  };
}

/** A pod that still counts for its controller. */
export function isActive(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    pod.status.phase !== 'Succeeded' &&
    pod.status.phase !== 'Failed'
  );
}
