import { readFileSync } from 'node:fs';
import { afterEach } from 'vitest';
import { parse } from 'yaml';
import { startWorkspace, type Workspace } from '../../sandbox/slack/index.ts';
import { createDirectory } from '../../src/adapters/slack/directory.ts';
import { createMessenger } from '../../src/adapters/slack/messenger.ts';
import { createSocketApp } from '../../src/adapters/slack/socket-app.ts';
import { createSlackClients } from '../../src/adapters/slack/web-clients.ts';
import { Config } from '../../src/config.ts';
import type { RunEvent } from '../../src/domain/event.ts';
import {
  ChannelId,
  ClusterName,
  instant,
  type RunId,
  runIdFrom,
  UserGroupId,
} from '../../src/domain/names.ts';
import { version } from '../../src/domain/version.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { createInbound } from '../../src/slack/inbound/index.ts';
import { createPublisher } from '../../src/slack/publisher.ts';
import { createUseCases } from '../../src/usecases/index.ts';
import { realClock } from '../support/running.ts';
import { silentLog } from '../support/silent-log.ts';
import { snapshotOf } from '../support/snapshots.ts';
import { tempDatabase, tempStore } from '../support/temp-store.ts';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/**
 * A local workspace that is as strict as Slack, with this app's own manifest.
 * @param withOptional whether the scopes that the manifest offers in a comment are granted, too
 */
export async function workspace(withOptional = false): Promise<Workspace> {
  const text = readFileSync('manifest.yml', 'utf8');
  const appManifest: unknown = parse(withOptional ? text.replaceAll(/# (?=- \S+:history$)/gmu, '') : text);
  const space = await startWorkspace({ appManifest });
  ends.push(() => space.stop());
  return space;
}

/** Quick, but within what the workspace allows: it counts calls as Slack does. */
const pace = {
  editGapMs: 150,
  urgentEditGapMs: 50,
  editsPerMinute: 45,
  keptForUrgent: 8,
  postGapMs: 1_010,
  heartbeatMs: 60_000,
  refreshGapMs: 10,
};

/** Everything of the bot that has to do with Slack, the real thing, over a cluster that is only looked at. */
export async function bot(space: Workspace, database = tempDatabase(), timeoutMs = 10_000) {
  const { channel, group } = await placesOf(space);
  const config = Config.parse({
    slack: { botToken: { env: 'BOT' }, appToken: { env: 'APP' }, teamId: space.teamId, apiUrl: space.apiUrl },
    store: { path: database },
    backups: { directory: '/var/backups' },
    clusters: {
      'prod-eu': {
        kubernetes: { kubeconfig: '/kubeconfig' },
        ssh: { user: 'upgrader', knownHosts: '/known_hosts', agent: 'env' },
        channels: [channel],
        approvers: { group },
        policy: { approvals: { needed: 2 } },
      },
    },
  });
  const clusters = new Map(
    Object.entries(config.clusters).map(([name, cluster]) => [ClusterName.parse(name), cluster]),
  );
  const store: RunStore = tempStore(realClock, database);
  const { botToken, appToken, apiUrl } = space;
  const clients = createSlackClients({ botToken, apiUrl, log: silentLog, timeoutMs });
  const directory = createDirectory({ clients, clock: realClock, log: silentLog });
  const messenger = createMessenger({ clients, log: silentLog });
  const socket = createSocketApp({
    botToken,
    appToken,
    apiUrl,
    clock: realClock,
    log: silentLog,
    onFatal: () => undefined,
  });
  const publisher = createPublisher({
    store,
    messenger,
    clock: realClock,
    log: silentLog,
    backupsOf: () => config.backups.directory,
    channelsOf: () => [],
    approversOf: (cluster) => clusters.get(cluster)?.approvers ?? { users: [] },
    nameOf: async (user) => `@${(await directory.user(user))?.handle ?? 'someone'}`,
    pace,
  });
  const useCases = createUseCases({
    store,
    clusters,
    directory,
    clock: realClock,
    log: silentLog,
    look: async () => ({ status: 'observed', snapshot: snapshotOf() }),
    offer: async () => ({
      status: 'known',
      current: version('1.33.13'),
      offered: ['1.33.13', '1.34.8', '1.34.9'].map(version),
    }),
    present: async () => ({ status: 'known', apiServers: [version('1.33.13')], kubelets: [] }),
    lookBack: async () => ({ status: 'unobservable', findings: [] }),
    observeBackups: async () => [],
    presentVersion: async () => version('1.33.13'),
    newRunId: () => runIdFrom(crypto.getRandomValues(new Uint8Array(6))),
    onCommit: (run) => publisher.wake(run.id),
  });
  const inbound = createInbound({
    app: socket.app,
    useCases,
    publisher,
    store,
    directory,
    messenger,
    clock: realClock,
    log: silentLog,
    config,
  });
  await publisher.start();
  await socket.start();
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await socket.stop(2_000);
    await inbound.drain(2_000);
    await publisher.stop(2_000);
  };
  ends.push(stop);
  return {
    socket,
    store,
    useCases,
    publisher,
    stop,
    /** Lets something happen to a run, as the executor would. */
    async happen(run: RunId, ...events: Untimed[]): Promise<void> {
      const at = instant(Date.now());
      await appendEvents(store, run, () => events.map((event): RunEvent => ({ ...event, at })));
      publisher.wake(run);
    },
  };
}

type Untimed = RunEvent extends infer E ? (E extends { at: unknown } ? Omit<E, 'at'> : never) : never;

/** Ids of the seeded channel and group. */
async function placesOf(space: Workspace) {
  const { channels, groups } = await space.client.as('dana').workspace();
  const channel = channels.find(({ name }) => name === 'prod-eu-ops');
  const group = groups.find(({ handle }) => handle === 'k8s-approvers');
  return { channel: ChannelId.parse(channel?.id), group: UserGroupId.parse(group?.id) };
}
