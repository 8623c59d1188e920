import { z } from 'zod';
import { Metadata, NamespacedMetadata } from './metadata.ts';

/** v1 Namespace. */
export const NamespaceResource = z.object({ metadata: Metadata });

/** v1 ConfigMap. */
export const ConfigMapResource = z.object({
  metadata: NamespacedMetadata,
  data: z
    .record(z.string(), z.string())
    .nullish()
    .transform((data) => data ?? {}),
});

/** coordination.k8s.io/v1 Lease; renewTime is a MicroTime, `2026-11-23T03:51:20.193345Z`. */
export const LeaseResource = z.object({
  metadata: NamespacedMetadata,
  spec: z.object({ renewTime: z.iso.datetime({ offset: true }).optional() }),
});

/** The answer of /version (k8s.io/apimachinery/pkg/version Info). */
export const VersionInfo = z.object({ gitVersion: z.string() });
