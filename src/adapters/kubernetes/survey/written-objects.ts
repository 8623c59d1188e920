import { z } from 'zod';
import type { WrittenObject } from '../../../ports/cluster-survey.ts';
import { listOf, Metadata } from '../objects/metadata.ts';

/** meta/v1 PartialObjectMetadata: metadata of whatever it is. */
export const WrittenResource = z.object({
  metadata: Metadata.extend({
    managedFields: listOf(z.object({ manager: z.string().default(''), apiVersion: z.string().default('') })),
  }),
});

/** Asks for metadata alone; a server that does not know it sends the whole, which does as well. */
export const metadataOnly =
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';
const LastApplied = z.object({ apiVersion: z.string(), kind: z.string() });

/**
 * What an API server writes in its own name, such as the FlowSchemas that it brings: a newer one writes them anew
 * (k8s.io/apiserver pkg/registry/flowcontrol, field managers of the bootstrap).
 */
const ownManager = /^(api-priority-and-fairness-config-|kube-apiserver$)/;

export function writtenObject(kind: string, { metadata }: z.infer<typeof WrittenResource>): WrittenObject {
  const lastApplied = lastAppliedOf(metadata.annotations[lastAppliedAnnotation]);
  return {
    kind,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    name: metadata.name,
    writers: metadata.managedFields.filter(({ manager }) => !ownManager.test(manager)),
    ...(lastApplied ? { lastApplied } : {}),
  };
}

function lastAppliedOf(text: string | undefined): WrittenObject['lastApplied'] {
  if (text === undefined) return undefined;
  try {
    const parsed = LastApplied.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
