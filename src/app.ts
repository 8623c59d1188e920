import { randomBytes } from 'node:crypto';
import { backupsOf, type Config, historyOf } from './config.ts';
import { type ClusterName, runIdFrom, type UserId } from './domain/names.ts';
import type { Run } from './domain/run.ts';
import { createLooks, type LookPorts } from './looks.ts';
import type { Directory } from './ports/directory.ts';
import type { Log } from './ports/log.ts';
import type { Messenger } from './ports/messenger.ts';
import { createExecutor } from './run/executor/executor.ts';
import { createInbound, type Inbound, type SlackApp } from './slack/inbound/index.ts';
import { permalinkOf } from './slack/permalinks.ts';
import { createPublisher } from './slack/publisher.ts';
import { stepHandlers } from './steps/index.ts';
import type { UseCaseDeps } from './usecases/deps.ts';
import { createDue } from './usecases/due.ts';
import { createUseCases } from './usecases/index.ts';
import type { UseCases } from './usecases/use-cases.ts';

/** The world as the program needs it, behind ports. */
export interface AppPorts extends LookPorts {
  readonly messenger: Messenger;
  readonly directory: Directory;
  /** Where listeners are registered. */
  readonly slackApp: SlackApp;
  readonly log: Log;
  /** Names this process in leases. */
  readonly owner: string;
}

export interface App {
  readonly useCases: UseCases;
  /** Takes up unfinished runs and tellings. Listeners are registered already: connect to Slack whenever it answers. */
  start(): Promise<void>;
  /** Lets go of runs, tells what is still untold, for at most some seconds. */
  stop(): Promise<void>;
  /** Runs that are being executed now. */
  activeRuns(): number;
}

const flushMs = 5_000;

/** Wires the program; no logic of its own. Shared by the real process and by tests. */
export function createApp(ports: AppPorts, config: Config): App {
  const { store, clock, log, kubernetesOf, remoteHostOf } = ports;
  const clusters = new Map(
    Object.entries(config.clusters) as [ClusterName, Config['clusters'][ClusterName]][],
  );
  const { drift, ...looks } = createLooks(ports, clusters);

  const publisher = createPublisher({
    store,
    messenger: ports.messenger,
    clock,
    log,
    backupsOf: (cluster) => backupsOf(config, cluster).directory,
    ...(config.runbooks === undefined ? {} : { runbooks: config.runbooks }),
    channelsOf: (cluster) => clusters.get(cluster)?.channels ?? [],
    approversOf: (cluster) => clusters.get(cluster)?.approvers ?? { users: [] },
    linkOf: (run) => permalinkOf({ store, messenger: ports.messenger }, run),
    nameOf: async (user: UserId) => {
      const found = await ports.directory.user(user);
      return found && `@${found.handle}`;
    },
  });

  const executor = createExecutor({
    store,
    clock,
    log,
    owner: ports.owner,
    upkeep: ports.upkeep,
    random: Math.random,
    knows: (cluster) => clusters.has(cluster),
    onCommit: (run: Run) => publisher.wake(run.id),
    onTrouble: (run, trouble) => publisher.trouble(run, trouble),
    handlers: stepHandlers({
      kubernetesOf,
      remoteHostOf,
      backups: ports.backups,
      localFiles: ports.localFiles,
      metricsOf: ports.metricsOf,
      clock,
      driftSince: drift,
    }),
  });

  const onCommit = (run: Run): void => {
    publisher.wake(run.id);
    executor.wake(run.id);
  };
  const useCaseDeps: UseCaseDeps = {
    store,
    clusters,
    directory: ports.directory,
    clock,
    log,
    ...looks,
    readOutput: (...which) => ports.upkeep.readOutput(...which),
    newRunId: () => runIdFrom(randomBytes(6)),
    onCommit,
  };
  const useCases = createUseCases(useCaseDeps);
  const due = createDue(useCaseDeps, historyOf(config));

  const inbound: Inbound = createInbound({
    app: ports.slackApp,
    useCases,
    publisher,
    store,
    directory: ports.directory,
    messenger: ports.messenger,
    clock,
    log,
    config,
  });

  return {
    useCases,
    activeRuns: () => executor.active(),
    async start() {
      await inbound.start();
      await publisher.start();
      await executor.start();
      due.start();
    },
    async stop() {
      const nothingNew = due.stop(flushMs);
      await inbound.drain(flushMs);
      await executor.stop();
      await nothingNew;
      await publisher.stop(flushMs);
    },
  };
}
