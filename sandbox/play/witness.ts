import type { SandboxCluster } from '../cluster/index.ts';
import { seenNodes } from '../demo/nodes.ts';
import type { ShownMessage, Workspace } from '../slack/index.ts';
import { channel, expectThat } from './story.ts';

/** Effects of which a second one on the same node would be a mistake of the bot. */
const once = ['cordon', 'uncordon', 'kubeadm-start', 'repository-switch', 'apt-install'] as const;

/** Looks at the simulated world and at the channel, not at what the bot says of itself. @throws StoryFailed */
export async function expectUpgradedOnce(cluster: SandboxCluster, workspace: Workspace): Promise<void> {
  const behind = seenNodes(cluster).filter((node) => node.kubelet !== 'v1.34.9' || node.cordoned);
  expectThat(behind.length === 0, `Not at v1.34.9 or left cordoned: ${JSON.stringify(behind)}`);

  const repeated = once.flatMap((kind) => {
    const seen = cluster.journal.of(kind).map((effect) => `${effect.node}: ${effect.what}`);
    return seen.filter((text, index) => seen.indexOf(text) !== index);
  });
  expectThat(repeated.length === 0, `Done more than once: ${repeated.join('; ')}`);

  const { messages } = await workspace.client.as('dana').conversation(channel);
  // Restarts and closed windows are told each time, and several can happen in one minute.
  const lines = messages.flatMap(linesOf).filter((line) => !/restarted|parked: outside/.test(line));
  const twice = lines.filter((line, index) => lines.indexOf(line) !== index);
  expectThat(twice.length === 0, `Told more than once: ${twice.join('; ')}`);
  const parents = messages.filter(
    (message) => message.plain.includes('v1.34.9') && !message.ephemeral && !message.broadcast,
  );
  expectThat(parents.length === 1, `${parents.length} messages tell of the upgrade, not one`);
}

function linesOf(message: ShownMessage): string[] {
  return message.replies.flatMap((reply) => reply.plain.split('\n')).filter((line) => line.trim() !== '');
}
