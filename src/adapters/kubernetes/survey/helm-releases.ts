import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { ReleasedObject } from '../../../ports/cluster-survey.ts';
import { NamespacedMetadata } from '../objects/metadata.ts';

/** v1 Secret of Helm 3 and 4: type helm.sh/release.v1, labels owner=helm and status. */
export const ReleaseResource = z.object({
  metadata: NamespacedMetadata,
  data: z.object({ release: z.string() }).partial().nullish(),
});

/** A Secret holds at most 1 MiB; a manifest that is packed into that and larger than this is no manifest. */
const largestRelease = 32 * 1024 * 1024;

const Release = z.object({ name: z.string(), namespace: z.string(), manifest: z.string() });

/**
 * The objects of a release's manifest that are wanted. The release is JSON, packed with gzip, in base64 (helm
 * pkg/storage/driver/util.go), once more in base64 as a Secret's data. What cannot be read is no release of Helm's.
 */
export function releasedObjects(
  { data }: z.infer<typeof ReleaseResource>,
  isWanted: (object: { apiVersion: string; kind: string }) => boolean,
): ReleasedObject[] {
  const release = releaseIn(data?.release ?? '');
  if (!release) return [];
  return release.manifest.split(/^---/m).flatMap((document): ReleasedObject[] => {
    const apiVersion = /^apiVersion:\s*["']?([^\s"'#]+)/m.exec(document)?.[1];
    const kind = /^kind:\s*["']?([^\s"'#]+)/m.exec(document)?.[1];
    if (apiVersion === undefined || kind === undefined || !isWanted({ apiVersion, kind })) return [];
    // The first name that is indented below metadata; what is rendered by a template is laid out in every way.
    const name =
      /^metadata:\s*\n(?:[ \t]+.*\n|\n)*?[ \t]+name:\s*["']?([^\s"'#]+)/m.exec(document)?.[1] ?? '';
    return [{ release: release.name, namespace: release.namespace, apiVersion, kind, name }];
  });
}

function releaseIn(data: string): z.infer<typeof Release> | undefined {
  try {
    const packed = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64');
    const text = gunzipSync(packed, { maxOutputLength: largestRelease }).toString('utf8');
    const release = Release.safeParse(JSON.parse(text));
    return release.success ? release.data : undefined;
  } catch {
    return undefined;
  }
}
