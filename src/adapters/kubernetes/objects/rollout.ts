import { z } from 'zod';
import type { Rollout } from '../../../ports/kubernetes.ts';
import { Metadata } from './metadata.ts';

const Template = z.object({
  spec: z.object({ containers: z.array(z.object({ image: z.string() })).min(1) }),
});
const Count = z.number().int().default(0);

/** apps/v1 DaemonSet. */
export const DaemonSetResource = z.object({
  metadata: Metadata,
  spec: z.object({ template: Template }),
  status: z.object({
    observedGeneration: Count,
    desiredNumberScheduled: Count,
    updatedNumberScheduled: Count,
    numberAvailable: Count,
  }),
});
type DaemonSetResource = z.infer<typeof DaemonSetResource>;

/** apps/v1 Deployment. */
export const DeploymentResource = z.object({
  metadata: Metadata,
  spec: z.object({ replicas: z.number().int().default(1), template: Template }),
  status: z.object({ observedGeneration: Count, updatedReplicas: Count, availableReplicas: Count }),
});
type DeploymentResource = z.infer<typeof DeploymentResource>;

export function daemonSetRollout({ metadata, spec, status }: DaemonSetResource): Rollout {
  return {
    image: spec.template.spec.containers[0]?.image ?? '',
    desired: status.desiredNumberScheduled,
    updated: status.updatedNumberScheduled,
    available: status.numberAvailable,
    observed: status.observedGeneration >= (metadata.generation ?? 0),
  };
}

export function deploymentRollout({ metadata, spec, status }: DeploymentResource): Rollout {
  return {
    image: spec.template.spec.containers[0]?.image ?? '',
    desired: spec.replicas,
    updated: status.updatedReplicas,
    available: status.availableReplicas,
    observed: status.observedGeneration >= (metadata.generation ?? 0),
  };
}
