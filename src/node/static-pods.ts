import { z } from 'zod';
import type { RunId, StepKey } from '../domain/names.ts';
import type { StaticPod } from '../domain/step.ts';
import type { Argv } from '../ports/remote-host.ts';
import { type Reader, readExited, readText, script } from './command.ts';
import { outboxOf } from './files.ts';
import { lastWords } from './last-words.ts';
import { parseSections, type Section, sectionFunction } from './sections.ts';

/** Where the kubelet finds a static pod's manifest. */
export const manifestPath = (pod: StaticPod): string => `/etc/kubernetes/manifests/${pod}.yaml`;

/**
 * Where manifests wait that a run has taken away. Not named like the run's other leftovers: whatever becomes of the run,
 * nothing but a person removes them.
 */
export const stoppedDirectory = (run: RunId): string => `/var/lib/k8s-upgrade-bot/stopped-${run}`;

/** Where a step remembers which pod ran before it replaced the manifest: the kubelet gives every content a uid of its own. */
export function beforeFile(run: RunId, key: StepKey, pod: StaticPod): string {
  return `${outboxOf(run)}/${key.replaceAll('/', ':')}.${pod}.before`;
}

/** What is asked about a static pod. */
export interface StaticPodQuestion {
  readonly pod: StaticPod;
  /** The image that its manifest shall name. */
  readonly image: string;
  /** What its probe asks on the node; empty: nothing is asked. */
  readonly probe: string;
  readonly before: string;
}

/** A container of a static pod that runs. */
export interface RunningContainer {
  /** The pod's; empty where the runtime does not tell. */
  readonly uid: string;
  /** Whether it is of the image that was asked about. */
  readonly ofImage: boolean;
}

/** A static pod as its node shows it, without the API. */
export interface StaticPodState {
  /** SHA-256 of the manifest; undefined where there is none. */
  readonly manifest?: string;
  /** What was written down before the manifest was replaced; undefined where nothing was. */
  readonly before?: string;
  readonly containers: readonly RunningContainer[];
  /** Undefined where nothing on the node could ask. */
  readonly answers?: boolean;
}

const stateScript = [
  sectionFunction,
  'while [ "$#" -ge 5 ]; do',
  '  name=$1 manifest=$2 image=$3 probe=$4 before=$5',
  '  shift 5',
  '  if [ -f "$manifest" ]; then section manifest "$name"; sha256sum <"$manifest"; fi',
  '  if [ -f "$before" ]; then section before "$name"; cat "$before"; fi',
  '  section image "$name"',
  '  crictl images -q "$image" 2>/dev/null',
  '  section containers "$name"',
  '  crictl ps --state Running -o json --name "^$name\\$" 2>/dev/null',
  '  if [ -n "$probe" ] && command -v curl >/dev/null; then',
  '    section answers "$name"',
  '    if curl -skf --max-time 5 -o /dev/null "$probe"; then echo yes; else echo no; fi',
  '  fi',
  'done',
  'exit 0',
];

/** Looks at static pods through the container runtime and their own ports; a runtime that does not answer shows none. */
export async function readStaticPods(
  host: Reader,
  questions: readonly StaticPodQuestion[],
): Promise<Map<StaticPod, StaticPodState>> {
  const parameters = questions.flatMap(({ pod, image, probe, before }) => [
    pod,
    manifestPath(pod),
    image,
    probe,
    before,
  ]);
  const output = await readText(host, script(stateScript, ...parameters), {
    purpose: 'looking at the static pods',
    timeoutSeconds: 60,
  });
  const sections = parseSections(output);
  return new Map(questions.map((question) => [question.pod, stateOf(sections, question)]));
}

const Containers = z.object({
  containers: z
    .array(
      z.object({
        image: z.object({ image: z.string().default(''), userSpecifiedImage: z.string().default('') }),
        imageRef: z.string().default(''),
        labels: z.record(z.string(), z.string()).default({}),
      }),
    )
    .nullish()
    .transform((containers) => containers ?? []),
});

function stateOf(sections: readonly Section[], { pod, image }: StaticPodQuestion): StaticPodState {
  const body = (name: string) =>
    sections.find((section) => section.name === name && section.arguments[0] === pod)?.body.trim();
  const ids = new Set([image, ...(body('image') ?? '').split('\n')].filter((id) => id !== ''));
  const manifest = /^[0-9a-f]{64}/.exec(body('manifest') ?? '')?.[0];
  const before = body('before');
  const answers = body('answers');
  const containers = Containers.safeParse(jsonIn(body('containers') ?? '')).data?.containers ?? [];
  return {
    ...(manifest === undefined ? {} : { manifest }),
    ...(before === undefined ? {} : { before }),
    ...(answers === undefined ? {} : { answers: answers === 'yes' }),
    containers: containers.map((container) => ({
      uid: container.labels['io.kubernetes.pod.uid'] ?? '',
      ofImage: [container.image.image, container.image.userSpecifiedImage, container.imageRef].some((id) =>
        ids.has(id),
      ),
    })),
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `mv` overwrites: what a crash has left there by half, between two file systems, is written anew. */
const takeAwayScript = [
  'directory=$1',
  'shift',
  'mkdir -p "$directory" && chmod 700 "$directory" || exit',
  'for name do',
  '  if [ -e "/etc/kubernetes/manifests/$name.yaml" ]; then',
  '    mv -f "/etc/kubernetes/manifests/$name.yaml" "$directory/$name.yaml" || exit',
  '  fi',
  'done',
  'sync "$directory" /etc/kubernetes/manifests',
];

/** Takes manifests away, in the order given; those that are away already stay where they are. */
export function takeAwayCommand(directory: string, pods: readonly StaticPod[]): Argv {
  return script(takeAwayScript, directory, ...pods);
}

const leftScript = [
  'for name do',
  '  if [ -e "/etc/kubernetes/manifests/$name.yaml" ]; then echo "manifest $name"; fi',
  '  ids=$(crictl ps --state Running -q --name "^$name\\$") || exit',
  '  if [ -n "$ids" ]; then echo "container $name"; fi',
  'done',
];

/** Which of some static pods still have a manifest or run, as `manifest etcd`, `container etcd`. */
export async function staticPodsLeft(host: Reader, pods: readonly StaticPod[]): Promise<string[]> {
  const output = await readText(host, script(leftScript, ...pods), {
    purpose: 'looking which static pods still run',
    timeoutSeconds: 60,
  });
  return output.split('\n').filter((line) => line !== '');
}

const stopScript = [
  'for name do',
  '  for id in $(crictl ps --state Running -q --name "^$name\\$"); do crictl stop --timeout 30 "$id"; done',
  'done',
];

/** Stops containers by the runtime itself, where the kubelet does not. */
export function stopContainersCommand(pods: readonly StaticPod[]): Argv {
  return script(stopScript, ...pods);
}

const wordsScript = [
  'id=$(crictl ps -a -q --name "^$1\\$" | head -n 1)',
  '[ -n "$id" ] || exit 0',
  'crictl logs --tail 40 "$id" 2>&1',
];

/** What the newest container of a static pod said last; nothing where that cannot be read. */
export async function staticPodLastWords(host: Reader, pod: StaticPod): Promise<string[]> {
  const outcome = await readExited(host, script(wordsScript, pod), {
    purpose: `reading what ${pod} said last`,
  });
  return lastWords(outcome.stdout);
}
