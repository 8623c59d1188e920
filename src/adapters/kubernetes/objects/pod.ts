import { z } from 'zod';
import { NodeName } from '../../../domain/names.ts';
import type { PodObject } from '../../../ports/kubernetes.ts';
import { Condition, listOf, NamespacedMetadata } from './metadata.ts';
import { podNeeds, RawNeeds } from './pod-needs.ts';

const Owner = z.object({
  apiVersion: z.string().default(''),
  kind: z.string(),
  name: z.string(),
  controller: z.boolean().default(false),
});

/** v1 Pod. */
export const PodResource = z.object({
  metadata: NamespacedMetadata.extend({ ownerReferences: listOf(Owner), finalizers: listOf(z.string()) }),
  spec: z.object({
    nodeName: NodeName.optional(),
    priorityClassName: z.string().optional(),
    ...RawNeeds,
    containers: z.array(
      z.object({ name: z.string(), image: z.string().default(''), resources: z.unknown().optional() }),
    ),
    volumes: listOf(
      z.object({
        emptyDir: z.object({}).nullish(),
        hostPath: z.object({ path: z.string() }).nullish(),
        persistentVolumeClaim: z.object({ claimName: z.string() }).nullish(),
      }),
    ),
  }),
  status: z.object({
    phase: z.string().default('Unknown'),
    conditions: listOf(Condition.extend({ message: z.string().nullish() })),
    containerStatuses: listOf(
      z.object({
        state: z
          .object({
            waiting: z.object({ reason: z.string().nullish(), message: z.string().nullish() }).nullish(),
          })
          .nullish(),
      }),
    ),
  }),
});
export type PodResource = z.infer<typeof PodResource>;

/** The kubelet's mark of a mirror pod, the API's image of a static pod (k8s.io/api/core/v1 MirrorPodAnnotationKey). */
const mirrorAnnotation = 'kubernetes.io/config.mirror';

export function podObject({ metadata, spec, status }: PodResource): PodObject {
  const controller = metadata.ownerReferences.find((owner) => owner.controller);
  const isReady = status.conditions.some((one) => one.type === 'Ready' && one.status === 'True');
  const because = isReady ? undefined : reasonOf(status);
  const needs = podNeeds(spec);
  const hostPaths = spec.volumes.flatMap((volume) => volume.hostPath?.path ?? []);
  const claims = spec.volumes.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    ...(spec.nodeName ? { node: spec.nodeName } : {}),
    labels: metadata.labels,
    annotations: marksIn(metadata.annotations),
    ...(spec.priorityClassName ? { priorityClass: spec.priorityClassName } : {}),
    phase: status.phase,
    ready: isReady,
    ...(because === undefined ? {} : { notReadyBecause: because }),
    ...(metadata.deletionTimestamp ? { deletionTimestamp: metadata.deletionTimestamp } : {}),
    ...(metadata.finalizers.length > 0 ? { finalizers: metadata.finalizers } : {}),
    ...(controller ? { controller: { kind: kindOf(controller), name: controller.name } } : {}),
    isMirror: mirrorAnnotation in metadata.annotations,
    hasEmptyDir: spec.volumes.some((volume) => volume.emptyDir != null),
    ...(needs ? { needs } : {}),
    ...(hostPaths.length > 0 ? { hostPaths } : {}),
    ...(claims.length > 0 ? { claims } : {}),
    images: Object.fromEntries(spec.containers.map(({ name, image }) => [name, image])),
  };
}

/** kubectl's drain takes only apps/v1 DaemonSets for what they are (filters.go, isControllerRefDaemonSet). */
function kindOf({ apiVersion, kind }: z.infer<typeof Owner>): string {
  const [group = ''] = apiVersion.split('/');
  return kind === 'DaemonSet' && apiVersion !== '' && apiVersion !== 'apps/v1' ? `${kind}.${group}` : kind;
}

const longestReason = 300;

/** A pod that no node takes says why; else a container that waits does, in a word and often in a sentence. */
function reasonOf({ conditions, containerStatuses }: PodResource['status']): string | undefined {
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const waiting = containerStatuses.find(({ state }) => state?.waiting?.reason)?.state?.waiting;
  const said = unscheduled?.message || [waiting?.reason, waiting?.message].filter(Boolean).join(': ');
  return said ? said.slice(0, longestReason).replace(/\.\s*$/, '') : undefined;
}

const longestMark = 256;

/** A pod may carry whole documents in annotations, and there are tens of thousands of pods. */
function marksIn(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const marks: Record<string, string> = {};
  for (const key in annotations) {
    const value = annotations[key];
    if (value !== undefined && value.length <= longestMark) marks[key] = value;
  }
  return marks;
}
