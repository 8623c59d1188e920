import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import type { SavedFile } from '../../domain/rollback.ts';
import type { StaticPod } from '../../domain/step.ts';
import { imageTag } from '../../node/manifests.ts';
import type { ArchivedFile } from '../../node/node-archive.ts';
import { manifestPath } from '../../node/static-pods.ts';
import { unusable } from './saved-file.ts';

const Probe = z.object({
  httpGet: z
    .object({
      host: z.string().default('127.0.0.1'),
      path: z.string().default('/'),
      port: z.union([z.int(), z.string()]),
      scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP'),
    })
    .optional(),
});
const Manifest = z.object({
  spec: z.object({
    containers: z
      .array(
        z.object({
          name: z.string(),
          image: z.string(),
          ports: z.array(z.object({ name: z.string().optional(), containerPort: z.int() })).default([]),
          readinessProbe: Probe.optional(),
          livenessProbe: Probe.optional(),
        }),
      )
      .min(1),
  }),
});

/** A static pod's manifest as a backup has it. */
export interface SavedManifest {
  readonly pod: StaticPod;
  readonly text: string;
  readonly mode: string;
  readonly sha256: string;
  readonly image: string;
  /** `v1.33.13`, `3.5.24-0`; empty for an image without a tag. */
  readonly tag: string;
  /** What the kubelet's own probe asks; empty where it asks nothing over HTTP. */
  readonly probe: string;
}

/** Finds a static pod's manifest in a node's backup. Throws `backup.corrupt`. */
export function savedManifest(
  files: ReadonlyMap<string, ArchivedFile>,
  pod: StaticPod,
  backup: SavedFile,
): SavedManifest {
  const file = files.get(manifestPath(pod));
  if (!file) throw unusable(backup, `holds no ${pod}.yaml`);
  const parsed = Manifest.safeParse(parseYaml(file.text));
  const containers = parsed.data?.spec.containers ?? [];
  // Patches may add containers.
  const own = containers.find(({ name }) => name === pod) ?? containers[0];
  if (!own) throw unusable(backup, `holds a ${pod}.yaml that is no manifest of a pod`);
  return {
    pod,
    text: file.text,
    mode: file.mode,
    sha256: createHash('sha256').update(file.text).digest('hex'),
    image: own.image,
    tag: imageTag(own.image) ?? '',
    probe: probeOf(own),
  };
}

type Container = z.infer<typeof Manifest>['spec']['containers'][number];

function probeOf({ readinessProbe, livenessProbe, ports }: Container): string {
  const asked = readinessProbe?.httpGet ?? livenessProbe?.httpGet;
  if (!asked) return '';
  const { host, path, port, scheme } = asked;
  const number = typeof port === 'number' ? port : ports.find(({ name }) => name === port)?.containerPort;
  if (number === undefined) return '';
  return `${scheme.toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${number}${path}`;
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
