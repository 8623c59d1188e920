import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type SandboxCluster, startCluster } from '../cluster/index.ts';
import { startWorkspace, type Workspace } from '../slack/index.ts';
import { type AppProcess, createAppProcess } from './app-process.ts';
import { clusterPanel } from './cluster-panel.ts';
import { writeDemoConfig } from './config-file.ts';
import { freePort } from './free-port.ts';

export interface DemoOptions {
  /** Port of the workspace's page; 0 lets the system choose. */
  readonly port: number;
  /** How many times faster than life the cluster's machines work. */
  readonly speed: number;
  readonly policy: Record<string, unknown>;
  /** Whether the cluster is one to practise on. */
  readonly rehearsal?: boolean;
  readonly rateLimits: 'slack' | 'off';
  /** How the workspace reaches the bot: over the bot's socket, or with signed requests. */
  readonly reach?: 'socket' | 'http';
  /** Package versions on offer: v1.33.13 and some of v1.34 unless given. */
  readonly offered?: readonly string[];
  /** Three control planes and four workers unless given. */
  readonly nodes?: { readonly controlPlanes: number; readonly workers: number };
}

/** A workspace, a cluster and the bot between them. */
export interface Demo {
  readonly workspace: Workspace;
  readonly cluster: SandboxCluster;
  readonly app: AppProcess;
  /** Where the bot's database, backups and log are. */
  readonly directory: string;
  /** The file that the bot reads when it starts. */
  readonly configPath: string;
  /** Resolves with what the bot said last if it ends though nobody asked it to. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

const clusterName = 'prod-eu';

/** Starts everything on loopback and waits until the bot is ready. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const directory = mkdtempSync(join(tmpdir(), 'k8s-upgrade-bot-demo-'));
  const undo: (() => Promise<void> | void)[] = [
    () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
  ];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const cluster = await startCluster({
      name: clusterName,
      ...(options.nodes ?? { controlPlanes: 3, workers: 4 }),
      version: 'v1.33.13',
      offered: [...(options.offered ?? ['1.33.13', '1.34.7', '1.34.8', '1.34.9'])],
      timeScale: options.speed,
      directory: join(directory, 'cluster'),
    });
    undo.push(() => cluster.stop());

    const manifest: unknown = parse(readFileSync(new URL('../../manifest.yml', import.meta.url), 'utf8'));
    const workspace = await startWorkspace({
      port: options.port,
      appManifest: manifest,
      rateLimits: options.rateLimits,
      panels: [clusterPanel(cluster)],
    });
    undo.push(() => workspace.stop());

    const configPath = join(directory, 'config.yaml');
    const { app, failed } = await startApp(configPath, workspace, cluster, options);
    undo.push(() => app.stop());
    await app.start();
    return { workspace, cluster, app, directory, configPath, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startApp(
  configPath: string,
  workspace: Workspace,
  cluster: SandboxCluster,
  options: DemoOptions,
): Promise<{ app: AppProcess; failed: Promise<string> }> {
  const seen = await workspace.client.as('dana').workspace();
  const channelId = (name: string): string => {
    const channel = seen.channels.find((candidate) => candidate.name === name);
    if (!channel) throw new Error(`The workspace has no channel ${name}`);
    return channel.id;
  };
  const approvers = seen.groups.find((group) => group.handle === 'k8s-approvers');
  if (!approvers) throw new Error('The workspace has no group of approvers');

  const directory = dirname(configPath);
  const healthPort = await freePort();
  const requestPort = options.reach === 'http' ? await freePort() : undefined;
  if (requestPort !== undefined) workspace.deliverTo(`http://127.0.0.1:${requestPort}/slack/events`);
  writeDemoConfig({
    path: configPath,
    apiUrl: workspace.apiUrl,
    teamId: workspace.teamId,
    channels: [channelId('prod-eu-ops')],
    approverGroup: approvers.id,
    healthPort,
    ...(requestPort === undefined ? {} : { requestPort }),
    dataDirectory: join(directory, 'data'),
    rehearsal: options.rehearsal ?? false,
    cluster,
    policy: withOwners(options.policy, seen.groups.find(({ handle }) => handle === 'pay-oncall')?.id),
  });
  let report: (lastWords: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => {
    report = resolve;
  });
  const app = createAppProcess({
    configPath,
    healthPort,
    logPath: join(directory, 'bot.log'),
    environment: {
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_APP_TOKEN: workspace.appToken,
      SLACK_SIGNING_SECRET: workspace.signingSecret,
    },
    onUnexpectedEnd: (code, lastWords) => report(`The bot ended by itself (code ${code}).\n${lastWords}`),
  });
  return { app, failed };
}

/** The shop's pods belong to the people who are on call for it. */
function withOwners(policy: Record<string, unknown>, group: string | undefined): Record<string, unknown> {
  const owners = group === undefined ? {} : { owners: { namespaces: { shop: `<!subteam^${group}>` } } };
  const drain = policy['drain'];
  return { ...policy, drain: { ...owners, ...(typeof drain === 'object' ? drain : {}) } };
}
