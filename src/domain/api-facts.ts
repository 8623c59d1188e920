import { z } from 'zod';
import { Instant, NodeName } from './names.ts';

/** How often a deprecated resource was asked for, by what was done: `list`, `watch`, `get`, `write`. */
export const ApiRequests = z.strictObject({
  get: z.number(),
  list: z.number(),
  watch: z.number(),
  write: z.number(),
});
export type ApiRequests = z.infer<typeof ApiRequests>;

/** One deprecated API that was asked for (apiserver_requested_deprecated_apis). */
export const DeprecatedApiUse = z.strictObject({
  group: z.string(),
  version: z.string(),
  resource: z.string(),
  subresource: z.string(),
  /** The release that no longer serves it, `1.35`; empty where none is planned. */
  removedRelease: z.string(),
  /** Requests of the same resource in apiserver_request_total; absent where the server does not tell. */
  requests: ApiRequests.optional(),
});
export type DeprecatedApiUse = z.infer<typeof DeprecatedApiUse>;

/** What one API server has counted. The counters begin anew when it restarts: `since` says when that was. */
export const ApiServerUses = z.strictObject({
  endpoint: z.string(),
  since: Instant.optional(),
  uses: z.array(DeprecatedApiUse),
});
export type ApiServerUses = z.infer<typeof ApiServerUses>;

/** A version of an API that a minor no longer serves. */
export const RemovedApi = z.strictObject({
  /** `batch/v1beta1`. */
  apiVersion: z.string(),
  kind: z.string(),
  /** The plural in the API's paths, `cronjobs`. */
  resource: z.string(),
  /** The minor that no longer serves it: 25 for 1.25. */
  removedIn: z.number().int(),
  /** The version that takes its place, where one does. */
  instead: z.string().optional(),
  /** The version through which objects of this kind are listed, and since which minor that is served. */
  listedBy: z.strictObject({ apiVersion: z.string(), since: z.number().int() }).optional(),
});
export type RemovedApi = z.infer<typeof RemovedApi>;

/** An object that was written through an API version which is removed some day. */
export const StoredApiUse = z.strictObject({
  source: z.enum(['managed-fields', 'last-applied', 'helm-release']),
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  /** The object; of a Helm release the object in its manifest. */
  name: z.string(),
  /** The field manager, or the Helm release. */
  by: z.string(),
});
export type StoredApiUse = z.infer<typeof StoredApiUse>;

/** What is behind a Service: ready endpoints with the nodes that they run on, where these are known. */
export const ServiceBackends = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  ready: z.number().int(),
  nodes: z.array(NodeName),
});
export type ServiceBackends = z.infer<typeof ServiceBackends>;

export const CrdSnapshot = z.strictObject({
  name: z.string(),
  /** Versions in spec.versions, and which of them are served. */
  versions: z.array(z.strictObject({ name: z.string(), served: z.boolean() })),
  storedVersions: z.array(z.string()),
  /** The Service of its conversion webhook; absent without one, or where it is a URL. */
  conversion: ServiceBackends.optional(),
});
export type CrdSnapshot = z.infer<typeof CrdSnapshot>;

/** A fail-closed admission webhook that sees what a drain or a new pod needs, and the Service behind it. */
export const WebhookSnapshot = z.strictObject({
  kind: z.enum(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']),
  configuration: z.string(),
  webhook: z.string(),
  /** What of `pods/eviction`, `pods` and `nodes` its rules match. */
  matches: z.array(z.enum(['pods/eviction', 'pods', 'nodes'])),
  /** Whether selectors or conditions leave some objects out. */
  narrowed: z.boolean(),
  backends: ServiceBackends,
});
export type WebhookSnapshot = z.infer<typeof WebhookSnapshot>;
