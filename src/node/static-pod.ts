import { parse } from 'yaml';
import { z } from 'zod';
import type { Flag, StaticPod } from '../domain/machine-facts.ts';
import { flagOfWord } from './flags.ts';

const Quantity = z.union([z.string(), z.number()]).transform(String);
const Probe = z.object({
  httpGet: z
    .object({ path: z.string().default('/'), port: z.union([z.string(), z.number()]).transform(String) })
    .optional(),
});
const Container = z.object({
  name: z.string(),
  image: z.string().default(''),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(z.object({ name: z.string() })).default([]),
  volumeMounts: z.array(z.object({ name: z.string() })).default([]),
  resources: z
    .object({ requests: z.record(z.string(), Quantity), limits: z.record(z.string(), Quantity) })
    .partial()
    .nullish(),
  livenessProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
  startupProbe: Probe.optional(),
});
const Pod = z.object({
  kind: z.literal('Pod'),
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).nullish() }),
  spec: z.object({ containers: z.array(Container).min(1), initContainers: z.array(Container).default([]) }),
});

/** Reads a static pod manifest; undefined for what is no Pod. */
export function parseStaticPod(file: string, text: string): StaticPod | undefined {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
  const pod = Pod.safeParse(value);
  if (!pod.success) return undefined;
  const { metadata, spec } = pod.data;
  const main = spec.containers.find(({ name }) => name === metadata.name) ?? spec.containers[0];
  if (main === undefined) return undefined;
  const probes = {
    liveness: main.livenessProbe?.httpGet,
    readiness: main.readinessProbe?.httpGet,
    startup: main.startupProbe?.httpGet,
  };
  const port = Object.values(probes).find((probe) => probe !== undefined)?.port;
  return {
    file,
    name: metadata.name,
    flags: flagsOf([...main.command.slice(1), ...main.args]),
    image: main.image,
    ...(port === undefined ? {} : { probePort: port }),
    probes: Object.fromEntries(
      Object.entries(probes).flatMap(([kind, probe]) => (probe === undefined ? [] : [[kind, probe.path]])),
    ),
    environment: main.env.map(({ name }) => name),
    mounts: main.volumeMounts.map(({ name }) => name),
    otherContainers: [...spec.containers, ...spec.initContainers]
      .filter((container) => container !== main)
      .map(({ name }) => name),
    resources: Object.fromEntries(
      (['requests', 'limits'] as const).flatMap((kind) =>
        Object.entries(main.resources?.[kind] ?? {}).map(([what, value]) => [`${kind}.${what}`, value]),
      ),
    ),
    annotations: Object.keys(metadata.annotations ?? {}),
    hasCreationTimestamp: 'creationTimestamp' in metadata,
  };
}

/** Words of a command line as flags; a word after a flag without `=` is its value. */
function flagsOf(words: readonly string[]): Flag[] {
  const flags: Flag[] = [];
  for (const word of words) {
    const flag = flagOfWord(word);
    const last = flags.at(-1);
    if (flag !== undefined) flags.push(flag);
    else if (last !== undefined && last.value === undefined) {
      flags[flags.length - 1] = { ...last, value: word };
    }
  }
  return flags;
}
