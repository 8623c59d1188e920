import { FailureCode } from '../../domain/failure.ts';
import type { Finding } from '../../domain/finding.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import { pendingNodes } from '../nodes/pending.ts';
import { listOf } from '../text.ts';
import { type Check, nodeObjects } from './check.ts';

const knownCode = (code: string): FailureCode => {
  const parsed = FailureCode.safeParse(code);
  return parsed.success ? parsed.data : 'ssh.unreachable';
};

/**
 * Whether every machine that something is done on can be reached: control planes always (their files are saved), workers
 * when they get a turn. The finding's code is the failure's own, so that each reason has its page.
 */
export const checkHosts: Check = (snapshot, { target }) => {
  const pending = new Set(pendingNodes(snapshot, target));
  const groups = new Map<string, { code: FailureCode; needed: boolean; nodes: NodeSnapshot[] }>();
  for (const node of snapshot.nodes) {
    if (node.host.status === 'reached') continue;
    const code = knownCode(node.host.code);
    const needed = node.role === 'control-plane' || pending.has(node);
    const key = `${code} ${needed}`;
    const group = groups.get(key) ?? { code, needed, nodes: [] };
    group.nodes.push(node);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ code, needed, nodes }): Finding => {
    const names = listOf(nodes.map((node) => node.name));
    const reasons = nodes.flatMap(({ name, host }) =>
      host.status === 'unreachable' ? [[name, host.reason] as const] : [],
    );
    return {
      code,
      severity: needed ? 'blocker' : 'warning',
      objects: nodeObjects(nodes),
      summary:
        needed && code === 'sudo.refused'
          ? `sudo does not let the bot work on ${names}: ${reasons[0]?.[1] ?? 'no reason given'}`
          : needed
            ? `SSH does not get to ${names}: ${reasons[0]?.[1] ?? 'no reason given'}`
            : `SSH does not get to ${names}; as far as the API shows, nothing is left to do there.`,
      facts: Object.fromEntries(reasons),
      remedy:
        code === 'sudo.refused'
          ? 'Add the rule that the message names on each of these nodes, check it there with `sudo -n -l`, then plan again.'
          : 'Log in there by hand from where the bot runs, with its key and known_hosts, then plan again.',
    };
  });
};
