import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Workspace } from '../../sandbox/slack/index.ts';

/** What bench/ack/clusters.ts prints. */
export const ReachableClusters = z.array(
  z.object({
    name: z.string(),
    kubeconfigPath: z.string(),
    knownHostsPath: z.string(),
    privateKeyPath: z.string(),
    sshUser: z.string(),
    nodes: z.array(z.object({ name: z.string(), address: z.string(), port: z.number() })),
  }),
);
export type ReachableClusters = z.infer<typeof ReachableClusters>;

/** The channel of a cluster. */
export const channelOf = (cluster: string): string => `ops-${cluster}`;

/** Writes the bot's configuration for the clusters, one channel each, one approval by the group. Gives its path. */
export async function writeConfiguration(
  directory: string,
  workspace: Workspace,
  clusters: ReachableClusters,
  healthPort: number,
): Promise<string> {
  const { channels, groups } = await workspace.client.as('dana').workspace();
  const idOf = (name: string) => channels.find((channel) => channel.name === name)?.id;
  const approvers = groups.find(({ handle }) => handle === 'k8s-approvers')?.id;
  const file = path.join(directory, 'config.yaml');
  const config = {
    slack: {
      botToken: { env: 'SLACK_BOT_TOKEN' },
      appToken: { env: 'SLACK_APP_TOKEN' },
      teamId: workspace.teamId,
      apiUrl: workspace.apiUrl,
    },
    store: { path: path.join(directory, 'bot.sqlite') },
    backups: { directory: path.join(directory, 'backups') },
    http: { address: '127.0.0.1', port: healthPort },
    clusters: Object.fromEntries(
      clusters.map((cluster) => [
        cluster.name,
        {
          kubernetes: { kubeconfig: cluster.kubeconfigPath },
          ssh: {
            user: cluster.sshUser,
            privateKey: { file: cluster.privateKeyPath },
            knownHosts: cluster.knownHostsPath,
          },
          nodes: Object.fromEntries(
            cluster.nodes.map(({ name, address, port }) => [name, { address, port }]),
          ),
          channels: [idOf(channelOf(cluster.name))],
          approvers: { group: approvers },
          policy: {},
        },
      ]),
    ),
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return file;
}
