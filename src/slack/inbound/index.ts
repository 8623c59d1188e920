import type { App } from '@slack/bolt';
import { backupsOf, type Config } from '../../config.ts';
import type { ClusterName } from '../../domain/names.ts';
import type { InboundDeps } from './deps.ts';
import { registerHandlers } from './register.ts';

/** The app as Slack runs it: where handlers are registered, who it is, and its second way to answer. */
export interface SlackApp {
  readonly listeners: Pick<App, 'use' | 'command' | 'action' | 'view' | 'event'>;
  readonly appId: InboundDeps['appId'];
  readonly respond: InboundDeps['respond'];
}

export interface Inbound {
  /** Ends in Slack what the process before was still looking at when it died. Call it before anything can be asked. */
  start(): Promise<void>;
  /** Waits for the work that handlers began, at most `capMs`; tells how many pieces of it were left. */
  drain(capMs: number): Promise<number>;
}

/** Registers everything that people can ask of the bot in Slack. */
export function createInbound(
  deps: Omit<
    InboundDeps,
    'appId' | 'respond' | 'teamId' | 'channels' | 'approversOf' | 'backupsOf' | 'runbooks'
  > & {
    readonly app: SlackApp;
    readonly config: Pick<Config, 'slack' | 'clusters' | 'backups' | 'runbooks'>;
  },
): Inbound {
  const { app, config, ...rest } = deps;
  const clusters = new Map(
    Object.entries(config.clusters) as [ClusterName, Config['clusters'][ClusterName]][],
  );
  return registerHandlers(app.listeners, {
    ...rest,
    appId: app.appId,
    respond: app.respond,
    teamId: config.slack.teamId,
    channels: [...new Set([...clusters.values()].flatMap(({ channels }) => channels))],
    approversOf: (cluster) => clusters.get(cluster)?.approvers ?? { users: [] },
    backupsOf: (cluster) => backupsOf(config, cluster).directory,
    runbooks: config.runbooks,
  });
}
