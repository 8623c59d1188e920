import { z } from 'zod';
import { NodeName } from './names.ts';
import { type KubernetesVersion, minorOf } from './version.ts';

/** What a configured command may be told: each as a word of its own, so that no value ever becomes part of a word. */
const addonPlaceholders = ['{version}', '{minor}'];

/** The word that stands for the path that an etcd snapshot is to be written to. */
export const targetPlaceholder = '{target}';

/**
 * A configured command: program and arguments, never a line for a shell. A placeholder inside a longer word is refused,
 * and so is one that nothing is put in place of.
 */
const commandWith = (placeholders: readonly string[]) =>
  z
    .array(
      z
        .string()
        .min(1)
        .max(4_096)
        // A command's words are lines of a unit's file and of messages.
        .refine((word) => !/[\p{Cc}]/u.test(word), { error: 'control characters are not allowed' })
        .refine((word) => !/\{[a-z]+\}/.test(word) || placeholders.includes(word), {
          error: `a placeholder must be a word of its own, one of ${placeholders.join(', ')}`,
        }),
    )
    .min(1, 'a program and its arguments, a word each')
    .max(100)
    .refine(([program]) => program === undefined || !program.startsWith('{'), {
      error: 'the first word is the program',
    });

export const AddonCommand = commandWith(addonPlaceholders);

/** A configured command that is told nothing. */
export const PlainCommand = commandWith([]);

/** Takes a snapshot of an external etcd and writes it to `{target}`. */
export const EtcdBackupCommand = commandWith([targetPlaceholder]).refine(
  (words) => words.filter((word) => word === targetPlaceholder).length === 1,
  { error: `one word must be ${targetPlaceholder}: the path that the snapshot is written to` },
);

/** before-hop, after-hop: around the control planes of every hop. after-workers: once, when every node is through. */
export const AddonMoment = z.enum(['before-hop', 'after-hop', 'after-workers']);
export type AddonMoment = z.infer<typeof AddonMoment>;

/** An add-on that kubeadm knows nothing of: the network plugin, a storage driver. */
export const Addon = z
  .strictObject({
    /** Stands in step keys and messages. */
    name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and dashes'),
    when: AddonMoment,
    /** The control plane on which everything of it runs, as root; absent: the first by name. */
    node: NodeName.optional(),
    /** Must be safe to run twice: nobody knows how a command ended whose machine restarted under it. */
    command: AddonCommand.optional(),
    /** A file beside the configuration, for `kubectl apply`. The plan is bound to its content. */
    manifest: z.string().min(1).optional(),
    /** `kubectl apply --server-side --force-conflicts`, which large CustomResourceDefinitions need. */
    serverSide: z.boolean().default(false),
    /** Asked again and again, at most 30 s a time, until it exits with 0. */
    verify: AddonCommand,
    /** For the command, and once more for the verification. */
    timeoutSeconds: z.number().int().min(5).max(14_400).default(600),
  })
  .refine(({ command, manifest }) => (command === undefined) !== (manifest === undefined), {
    error: 'give either command or manifest',
  })
  .refine(({ manifest, serverSide }) => manifest !== undefined || !serverSide, {
    error: 'serverSide is about a manifest',
    path: ['serverSide'],
  });
export type Addon = z.infer<typeof Addon>;

/** A command with its placeholders replaced for a hop: `{version}` by v1.34.9, `{minor}` by 1.34. */
export function commandFor(words: readonly string[], version: KubernetesVersion): string[] {
  const values: Readonly<Record<string, string>> = { '{version}': version, '{minor}': minorOf(version) };
  return words.map((word) => values[word] ?? word);
}
