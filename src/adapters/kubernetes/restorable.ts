import { z } from 'zod';
import type { Restorable, RestorableContent } from '../../ports/kubernetes.ts';
import type { Caller } from './caller.ts';
import { listOf, NamespacedMetadata } from './objects/metadata.ts';
import { bodyAs, readOne } from './read.ts';
import { isNotFound } from './status.ts';

const Content = z.record(z.string(), z.unknown());

/** meta/v1 ManagedFieldsEntry, as far as it tells who wrote and when. */
const Managed = z.object({
  manager: z.string().default(''),
  time: z.string().default(''),
  subresource: z.string().default(''),
});
const metadata = NamespacedMetadata.extend({ managedFields: listOf(Managed) });

const Resource = {
  ConfigMap: z.object({
    metadata,
    data: Content.nullish().transform((data) => data ?? {}),
  }),
  DaemonSet: z.object({ metadata, spec: z.object({ template: Content }) }),
  Deployment: z.object({ metadata, spec: z.object({ template: Content }) }),
} as const;

const placeOf: Readonly<Record<Restorable['kind'], { path: string; content: string }>> = {
  ConfigMap: { path: 'api/v1', content: '/data' },
  DaemonSet: { path: 'apis/apps/v1', content: '/spec/template' },
  Deployment: { path: 'apis/apps/v1', content: '/spec/template' },
};

const pathOf = ({ kind, namespace, name }: Restorable): string =>
  `/${placeOf[kind].path}/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
const nameOf = ({ kind, namespace, name }: Restorable): string => `${kind} ${namespace}/${name}`;

/** An object's content with what it takes to write it safely; undefined when there is none of that name. */
export async function readRestorable(caller: Caller, of: Restorable): Promise<RestorableContent | undefined> {
  const found = await readOne(caller, `read ${nameOf(of)}`, pathOf(of), Resource[of.kind]);
  if (!found) return undefined;
  const writer = lastWriter(found.metadata.managedFields);
  return {
    content: 'data' in found ? found.data : found.spec.template,
    resourceVersion: found.metadata.resourceVersion,
    ...(writer === undefined ? {} : { writer }),
  };
}

/** Controllers count and annotate what others have written; that is no writing of theirs. */
function lastWriter(entries: readonly z.infer<typeof Managed>[]): string | undefined {
  return entries
    .filter(({ manager, subresource }) => subresource === '' && manager !== 'kube-controller-manager')
    .toSorted((a, b) => Date.parse(b.time) - Date.parse(a.time))[0]?.manager;
}

/**
 * Replaces the content as a whole. The resourceVersion in the patch lets the API server refuse it for an object that has
 * changed since, also when a write is repeated because its answer was lost.
 */
export async function putBack(
  caller: Caller,
  of: Restorable,
  { content, resourceVersion }: Pick<RestorableContent, 'content' | 'resourceVersion'>,
): Promise<boolean> {
  const what = `put ${nameOf(of)} back`;
  const answer = await caller.call({
    what,
    method: 'PATCH',
    path: pathOf(of),
    contentType: 'application/json-patch+json',
    body: [
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
      // "add" also replaces what is there (RFC 6902, 4.1); a ConfigMap may have no data at all.
      { op: 'add', path: placeOf[of.kind].content, value: content },
    ],
  });
  if (answer.code === 409 || isNotFound(answer)) return false;
  bodyAs(Resource[of.kind], answer, what);
  return true;
}
