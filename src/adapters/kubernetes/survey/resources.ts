import { z } from 'zod';
import type { CrdObject, LocalVolumeObject, WebhookObject } from '../../../ports/cluster-survey.ts';
import { Condition, listOf, Metadata, NamespacedMetadata } from '../objects/metadata.ts';

/** A webhook's client configuration: a Service, or a URL that says nothing about the cluster. */
const ClientConfig = z.object({
  service: z.object({ namespace: z.string(), name: z.string() }).nullish(),
});

/** apiextensions.k8s.io/v1 CustomResourceDefinition. */
export const CrdResource = z.object({
  metadata: Metadata,
  spec: z.object({
    versions: listOf(z.object({ name: z.string(), served: z.boolean().default(false) })),
    conversion: z
      .object({
        strategy: z.string(),
        webhook: z.object({ clientConfig: ClientConfig.nullish() }).nullish(),
      })
      .nullish(),
  }),
  status: z.object({ storedVersions: listOf(z.string()), conditions: listOf(Condition) }).prefault({}),
});

export function crdObject({ metadata, spec, status }: z.infer<typeof CrdResource>): CrdObject {
  const service =
    spec.conversion?.strategy === 'Webhook' ? spec.conversion.webhook?.clientConfig?.service : undefined;
  return {
    name: metadata.name,
    versions: spec.versions.map(({ name, served }) => ({ name, served })),
    storedVersions: status.storedVersions,
    ...(service ? { conversion: { namespace: service.namespace, name: service.name } } : {}),
  };
}

const Selector = z.object({ matchLabels: z.unknown().optional(), matchExpressions: z.unknown().optional() });

/** admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration and MutatingWebhookConfiguration. */
export const WebhookResource = z.object({
  metadata: Metadata,
  webhooks: listOf(
    z.object({
      name: z.string(),
      failurePolicy: z.string().default('Fail'),
      clientConfig: ClientConfig,
      rules: listOf(
        z.object({
          operations: listOf(z.string()),
          apiGroups: listOf(z.string()),
          resources: listOf(z.string()),
        }),
      ),
      namespaceSelector: Selector.nullish(),
      objectSelector: Selector.nullish(),
      matchConditions: listOf(z.unknown()),
    }),
  ),
});

export function webhookObjects(
  kind: WebhookObject['kind'],
  { metadata, webhooks }: z.infer<typeof WebhookResource>,
): WebhookObject[] {
  const selects = (selector: z.infer<typeof Selector> | null | undefined) =>
    selector != null && Object.values(selector).some((part) => part !== undefined && part !== null);
  return webhooks.map((webhook): WebhookObject => {
    const { name, failurePolicy, clientConfig, rules, namespaceSelector, objectSelector, matchConditions } =
      webhook;
    const { service } = clientConfig;
    return {
      kind,
      configuration: metadata.name,
      name,
      rules,
      failClosed: failurePolicy === 'Fail',
      narrowed: selects(namespaceSelector) || selects(objectSelector) || matchConditions.length > 0,
      ...(service ? { service: { namespace: service.namespace, name: service.name } } : {}),
    };
  });
}

/** discovery.k8s.io/v1 EndpointSlice. An endpoint whose readiness is unknown counts as ready (its documentation). */
export const EndpointSliceResource = z.object({
  metadata: NamespacedMetadata,
  endpoints: listOf(
    z.object({
      conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
      nodeName: z.string().nullish(),
    }),
  ),
});

/** v1 PersistentVolume. */
export const VolumeResource = z.object({
  metadata: Metadata,
  spec: z.object({
    local: z.object({}).nullish(),
    hostPath: z.object({}).nullish(),
    claimRef: z.object({ namespace: z.string().default(''), name: z.string().default('') }).nullish(),
  }),
});

export function localVolumeObject({ metadata, spec }: z.infer<typeof VolumeResource>): LocalVolumeObject[] {
  const { local, hostPath, claimRef } = spec;
  if ((local == null && hostPath == null) || !claimRef) return [];
  return [{ name: metadata.name, namespace: claimRef.namespace, claim: claimRef.name }];
}
