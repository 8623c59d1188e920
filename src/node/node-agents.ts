import type { RunId, StepKey } from '../domain/names.ts';
import type { Argv } from '../ports/remote-host.ts';
import { type Reader, readText, script } from './command.ts';
import { outboxOf } from './files.ts';

/**
 * Containers that keep a node's picture of Services, endpoints and the network, and watch the API for it: kube-proxy, and
 * the agents of the network plug-ins by the names that their own manifests give them.
 */
const agentContainers = [
  'kube-proxy',
  'calico-node',
  'cilium-agent',
  'kube-flannel',
  'kube-router',
  'antrea-agent',
  'aws-node',
  'weave',
  'cni-server',
  'ovnkube-node',
  'ovnkube-controller',
] as const;

const pattern = `^(${agentContainers.join('|')})$`;

/** Where a step remembers that it has restarted the agents. */
export function agentsMark(run: RunId, key: StepKey): string {
  return `${outboxOf(run)}/${key.replaceAll('/', ':')}.restarted`;
}

/** A container that has gone meanwhile is none the worse: the kubelet starts each anew. */
const restartScript = [
  'mark=$1 pattern=$2',
  'for id in $(crictl ps --state Running -q --name "$pattern"); do crictl stop --timeout 20 "$id"; done',
  'systemctl daemon-reload && systemctl restart kubelet || exit',
  'mkdir -p "${mark%/*}" && chmod 700 "${mark%/*}" && : >"$mark.part" && mv "$mark.part" "$mark"',
];

/** Stops what watches the API on a node and restarts the kubelet, which starts it again; leaves a mark when it is through. */
export function restartAgentsCommand(mark: string): Argv {
  return script(restartScript, mark, pattern);
}

const lookScript = [
  'mark=$1',
  'shift',
  'if [ -e "$mark" ]; then echo restarted; fi',
  'for name do',
  '  [ -n "$(crictl ps -a -q --name "^$name\\$")" ] || continue',
  '  if [ -n "$(crictl ps --state Running -q --name "^$name\\$")" ]; then echo "up $name"; else echo "down $name"; fi',
  'done',
];

/** Whether the step has restarted them, and which of a node's agents run or not. */
export async function readAgents(
  host: Reader,
  mark: string,
): Promise<{ restarted: boolean; up: string[]; down: string[] }> {
  const output = await readText(host, script(lookScript, mark, ...agentContainers), {
    purpose: "looking at the node's agents",
    timeoutSeconds: 60,
  });
  const named = (state: string) =>
    [...output.matchAll(new RegExp(`^${state} (.+)$`, 'gm'))].map((match) => match[1] ?? '');
  return { restarted: /^restarted$/m.test(output), up: named('up'), down: named('down') };
}
