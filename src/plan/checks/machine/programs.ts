import type { NodeName } from '../../../domain/names.ts';
import { configuredPrograms } from '../../configured-commands.ts';
import { controlPlaneFor } from '../../phases/addon-phases.ts';
import { listOf } from '../../text.ts';
import { type Check, when } from '../check.ts';
import { toldBy } from './reached.ts';

/** Whether root finds what configured commands begin with, where they are to run: else the run halts there, late. */
export const checkPrograms: Check = (snapshot, _intent, policy) => {
  const missingOn = new Map<NodeName, readonly string[]>(
    toldBy(snapshot.nodes).map(({ node, machine }) => [node.name, machine.programsMissing ?? []]),
  );
  const missing = configuredPrograms(policy, snapshot.etcd.topology).flatMap((configured) => {
    const node = controlPlaneFor(snapshot, configured.node);
    return node !== undefined && missingOn.get(node)?.includes(configured.program)
      ? [{ ...configured, node }]
      : [];
  });
  const said = [...new Set(missing.map(({ program, node, use }) => `${program} on ${node} (${use})`))];
  return when(missing.length > 0, () => ({
    code: 'configuration.program-missing',
    severity: 'blocker',
    objects: [...new Set(missing.map(({ node }) => node))].map((name) => ({ kind: 'Node', name })),
    summary: `Programs of configured commands are not there: ${listOf(said)}.`,
    facts: {},
    remedy: 'Install them there, or name them by their whole path, then plan again.',
  }));
};
