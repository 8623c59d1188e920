import { createHash } from 'node:crypto';
import { z } from 'zod';
import { StepFailure } from '../../../domain/failure.ts';
import type { StoredKind } from '../../../domain/rollback-facts.ts';
import type { StorageSurvey } from '../../../ports/storage-survey.ts';
import type { Caller } from '../caller.ts';
import { isForbidden, listAll } from '../list.ts';
import { listOf } from '../objects/metadata.ts';
import { bodyAs } from '../read.ts';
import type { TextReader } from '../text-reader.ts';
import { metadataOnly } from './written-objects.ts';

/** The groups that kube-apiserver defines; others are of custom resources and aggregated servers, which stay as they are. */
const ownGroup =
  /^(|apps|autoscaling|batch|policy|(admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io)$/;

const Groups = z.object({
  groups: listOf(z.object({ name: z.string(), versions: listOf(z.object({ version: z.string() })) })),
});
const Resources = z.object({
  resources: listOf(
    z.object({ name: z.string(), kind: z.string(), storageVersionHash: z.string().optional() }),
  ),
});

/** Metadata with the moments of writing; a server that does not know the short form sends the whole, which does as well. */
const Written = z.object({
  metadata: z.object({
    creationTimestamp: z.string().nullish(),
    managedFields: listOf(z.object({ time: z.string().nullish(), subresource: z.string().nullish() })),
  }),
});

export function createStorageSurvey(caller: Caller): StorageSurvey {
  return {
    async storedKinds() {
      const what = 'read which versions objects are stored in';
      const read = (path: string) => caller.call({ what, method: 'GET', path }, isForbidden);
      const { groups } = bodyAs(Groups, await read('/apis'), what);
      const own = groups
        .filter(({ name }) => name !== '' && ownGroup.test(name))
        .flatMap(({ name, versions }) =>
          versions.map(({ version }) => ({ group: name, version, path: `/apis/${name}/${version}` })),
        );
      const served = [{ group: '', version: 'v1', path: '/api/v1' }, ...own];
      const discovered = await Promise.all(
        served.map(async ({ group, version, path }) => {
          const { resources } = bodyAs(Resources, await read(path), what);
          return resources.map((resource) => ({ ...resource, group, version }));
        }),
      );
      return storedKindsOf(discovered.flat());
    },
    async objectCounts() {
      const call = {
        what: 'count the objects in etcd',
        method: 'GET',
        path: '/metrics',
        accept: 'text/plain',
        textReader: countsReader,
      } as const;
      const answer = await caller.call(call, isForbidden);
      if (answer.code !== 200) {
        throw new StepFailure(
          'kubernetes.refused',
          `The API server's metrics were refused (${answer.code}).`,
        );
      }
      return answer.body as Record<string, number>;
    },
    async writtenSince({ apiVersion, resource }, since) {
      const path = apiVersion.includes('/')
        ? `/apis/${apiVersion}/${resource}`
        : `/api/${apiVersion}/${resource}`;
      const list = { what: `list ${resource}`, path, accept: metadataOnly, mayBeForbidden: true };
      const from = Date.parse(since);
      const later = await listAll(caller, list, Written, ({ metadata }) => isLater(metadata, from));
      return later.filter((is) => is).length;
    },
  };
}

interface Discovered {
  readonly group: string;
  readonly version: string;
  readonly name: string;
  readonly kind: string;
  readonly storageVersionHash?: string | undefined;
}

/** Every kind once; its stored version is the one whose hash it shows. */
export function storedKindsOf(discovered: readonly Discovered[]): StoredKind[] {
  const kinds = Map.groupBy(
    discovered.filter(({ name, storageVersionHash }) => !name.includes('/') && storageVersionHash),
    ({ group, name }) => `${group}/${name}`,
  );
  return [...kinds.values()].flatMap((served): StoredKind[] => {
    const [first] = served;
    if (first === undefined) return [];
    const { group, name, kind } = first;
    // Versions that are no longer served are still named by hashes: every one that Kubernetes has used is tried.
    const candidates = [...new Set([...served.map(({ version }) => version), ...commonVersions])];
    const storedAs = candidates.find((version) =>
      served.some(({ storageVersionHash }) =>
        groupsOf(group).some((name) => storageVersionHash === hashOf(name, version, kind)),
      ),
    );
    return [{ group, resource: name, kind, ...(storedAs === undefined ? {} : { storedAs }) }];
  });
}

/** Events of events.k8s.io are stored as those of the core group (pkg/kubeapiserver default_storage_factory_builder.go). */
const groupsOf = (group: string): string[] => (group === 'events.k8s.io' ? [group, ''] : [group]);

const commonVersions = ['v1', 'v2', 'v1beta1', 'v1beta2', 'v1beta3', 'v1alpha1', 'v1alpha2', 'v1alpha3'];

/** k8s.io/apiserver pkg/endpoints/discovery/storageversionhash.go: eight bytes of SHA-256 over group, version and kind. */
export function hashOf(group: string, version: string, kind: string): string {
  const sum = createHash('sha256').update(`${group}/${version}/${kind}`).digest();
  return sum.subarray(0, 8).toString('base64');
}

/**
 * Objects that a person or a controller wrote in between; the status of an object, which controllers write all the time,
 * is not counted.
 */
function isLater(
  { creationTimestamp, managedFields }: z.infer<typeof Written>['metadata'],
  from: number,
): boolean {
  const times = managedFields.flatMap(({ time, subresource }) => (time && !subresource ? [time] : []));
  return [creationTimestamp ?? '', ...times].some((time) => Date.parse(time) > from);
}

/** `apiserver_storage_objects` up to 1.33, `apiserver_resource_objects` since; −1 where counting failed. */
export function countsReader(): TextReader {
  const counts: Record<string, number> = {};
  return {
    line(line) {
      const match = /^apiserver_(?:storage|resource)_objects\{([^}]*)\} (\S+)/.exec(line);
      const resource = /(?:^|,)resource="([^"]+)"/.exec(match?.[1] ?? '')?.[1]?.split('.')[0];
      const value = Number(match?.[2]);
      if (resource !== undefined && value >= 0) counts[resource] = Math.max(counts[resource] ?? 0, value);
    },
    end: () => counts,
  };
}
