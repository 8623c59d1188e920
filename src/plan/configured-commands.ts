import type { NodeName } from '../domain/names.ts';
import type { Policy } from '../domain/policy.ts';

/** A program that the configuration has run on a control plane. */
export interface ConfiguredProgram {
  readonly program: string;
  /** What it is configured for: `add-on cilium`. */
  readonly use: string;
  /** Where it runs; absent: on the first control plane by name. */
  readonly node?: NodeName;
}

/** The programs of all configured commands that a run may come to, in the order of the configuration. */
export function configuredPrograms(
  policy: Pick<Policy, 'addons' | 'gates' | 'etcd'>,
  etcd: 'stacked' | 'external',
): ConfiguredProgram[] {
  const { addons, gates, etcd: etcdPolicy } = policy;
  const on = (node: NodeName | undefined) => (node === undefined ? {} : { node });
  return [
    ...(etcd === 'external' ? (etcdPolicy.backupCommand ?? []).slice(0, 1) : []).map((program) => ({
      program,
      use: "etcd's backup",
      ...on(etcdPolicy.backupNode),
    })),
    ...addons.flatMap(({ name, command, verify, node }) =>
      [command?.[0] ?? 'kubectl', ...verify.slice(0, 1)].map((program) => ({
        program,
        use: `add-on ${name}`,
        ...on(node),
      })),
    ),
    ...gates.flatMap((gate) =>
      gate.kind === 'command'
        ? gate.command
            .slice(0, 1)
            .map((program) => ({ program, use: `the gate before ${gate.before}`, ...on(gate.node) }))
        : [],
    ),
  ];
}
