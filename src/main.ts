import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { createBackupStore } from './adapters/backup/backup-store.ts';
import { systemClock } from './adapters/clock/system-clock.ts';
import { localFiles } from './adapters/files/local-files.ts';
import { serveHealth } from './adapters/http/health-server.ts';
import { readinessOf } from './adapters/http/readiness.ts';
import { kubeconfigProblem } from './adapters/kubernetes/access.ts';
import { createKubernetes } from './adapters/kubernetes/create-kubernetes.ts';
import { createLog } from './adapters/log/pino-log.ts';
import { endOnUnhandledErrors } from './adapters/process/end-on-error.ts';
import { createMetrics } from './adapters/prometheus/create-metrics.ts';
import type { ConnectionOptions } from './adapters/slack/connection.ts';
import { createDirectory } from './adapters/slack/directory.ts';
import { createHttpApp } from './adapters/slack/http-app.ts';
import { createMessenger } from './adapters/slack/messenger.ts';
import { createSocketApp } from './adapters/slack/socket-app.ts';
import { createSlackClients } from './adapters/slack/web-clients.ts';
import { openRunStore } from './adapters/sqlite/run-store.ts';
import { StoreFailure } from './adapters/sqlite/store-failure.ts';
import { keyProblem } from './adapters/ssh/key-problem.ts';
import { createNodeAddresses } from './adapters/ssh/node-addresses.ts';
import { createRemoteHosts } from './adapters/ssh/remote-hosts.ts';
import { createApp } from './app.ts';
import { backupsOf, type Config } from './config.ts';
import type { ClusterName } from './domain/names.ts';
import type { Log } from './ports/log.ts';
import { type ConfigOutcome, configPath, formatProblems, readConfig } from './read-config.ts';

const usage = `Usage: node src/main.ts [--config FILE]
       node src/main.ts check-config [FILE]

Runs the bot. FILE is the configuration (docs/config.example.yaml); without it K8S_UPGRADE_BOT_CONFIG names it, or it is
/etc/k8s-upgrade-bot/config.yaml.
check-config reads it, reports every problem with its line, and exits 0 only if there is none.`;

const { values, positionals } = readArguments();
const [command = 'run', file, ...rest] = positionals;
if (values.help) leave(0, usage);
if (rest.length > 0 || (command !== 'run' && command !== 'check-config')) {
  leave(2, `I do not know "${positionals.join(' ')}".\n\n${usage}`);
}
const path = file ?? values.config ?? configPath(process.env);

const read = await readConfig(path, process.env, { privateKey: keyProblem, kubeconfig: kubeconfigProblem });
if (read.status === 'invalid') leave(1, formatProblems(path, read.problems));
if (command === 'check-config') {
  const names = Object.keys(read.config.clusters).join(', ');
  const warnings = read.warnings.length > 0 ? `\nTo be mended:\n${formatProblems(path, read.warnings)}` : '';
  leave(0, `${path} is a valid configuration of ${names}.${warnings}`);
}
await run(read);

/** Builds the adapters, starts, and stops on SIGINT and SIGTERM. */
async function run({
  config,
  readSecret,
  warnings,
}: Extract<ConfigOutcome, { status: 'ok' }>): Promise<void> {
  const clock = systemClock;
  const log = createLog({ level: config.log.level });
  endOnUnhandledErrors(log);
  for (const { path: setting, message } of warnings) log.warn({ setting }, message);
  const store = openStore(config, log);

  const kubernetes = new Map(
    (Object.entries(config.clusters) as [ClusterName, Config['clusters'][ClusterName]][]).map(
      ([name, cluster]) => [name, createKubernetes({ config: cluster.kubernetes, clock, log })],
    ),
  );
  const kubernetesOf = (cluster: ClusterName) => {
    const found = kubernetes.get(cluster);
    if (!found) throw new RangeError(`No cluster ${cluster} is configured`);
    return found;
  };
  const metricsOf = (cluster: ClusterName) => {
    const prometheus = config.clusters[cluster]?.prometheus;
    if (prometheus === undefined) return undefined;
    const { token, ...rest } = prometheus;
    return createMetrics({ ...rest, ...(token ? { token: () => readSecret(token) } : {}) });
  };
  const agentSocket = process.env['SSH_AUTH_SOCK'];
  const hosts = createRemoteHosts({
    clusters: config.clusters,
    clock,
    log,
    readSecret,
    addressOf: createNodeAddresses({ kubernetesOf, store, clock }),
    ...(agentSocket === undefined ? {} : { agentSocket }),
  });

  const botToken = await readSecret(config.slack.botToken);
  const { apiUrl, appId, appToken, signingSecret, requests } = config.slack;
  const slackServer = apiUrl === undefined ? {} : { apiUrl };
  const clients = createSlackClients({ botToken, log, ...slackServer });
  const ending = Promise.withResolvers<number>();
  const connecting: ConnectionOptions = {
    botToken,
    clock,
    log,
    ...slackServer,
    ...(appId === undefined ? {} : { appId }),
    onFatal: (error) => {
      log.error({ err: error }, 'slack will not let the bot in again; ending so that somebody notices');
      ending.resolve(1);
    },
  };
  const slack =
    signingSecret === undefined
      ? createSocketApp({ ...connecting, appToken: appToken ? await readSecret(appToken) : '' })
      : createHttpApp({ ...connecting, signingSecret: await readSecret(signingSecret), requests });
  const app = createApp(
    {
      store,
      kubernetesOf,
      surveyOf: (cluster) => kubernetesOf(cluster).survey,
      storageOf: (cluster) => kubernetesOf(cluster).storage,
      metricsOf,
      remoteHostOf: hosts.hostOf,
      upkeep: hosts,
      backups: createBackupStore((cluster) => backupsOf(config, cluster)),
      localFiles,
      messenger: createMessenger({ clients, log }),
      directory: createDirectory({ clients, clock, log }),
      slackApp: slack.app,
      clock,
      log,
      owner: `${hostname()}:${process.pid}:${randomUUID()}`,
    },
    config,
  );

  const health = await serveHealth(config.http.address, config.http.port, async () => ({
    slack: { ready: slack.state() === 'connected', detail: slack.state() },
    store: await readinessOf(store, () => `${app.activeRuns()} runs under way`),
  })).catch((error: NodeJS.ErrnoException) => {
    const { address, port } = config.http;
    const why = error.code === 'EADDRINUSE' ? 'another program has it' : error.message;
    return leave(
      1,
      `http: ${address} port ${port} cannot be listened on: ${why}. Choose another http.port in ${path}.`,
    );
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.resolve(0));
  await app.start();
  // Runs go on without Slack: nothing waits for the connection.
  slack.start().catch((error: unknown) => {
    log.error({ err: error }, 'the connection to slack could not be set up');
    ending.resolve(1);
  });
  log.info({ clusters: Object.keys(config.clusters), port: health.port }, 'started');

  const code = await ending.promise;
  log.info({ code }, 'stopping');
  await slack.stop(5_000);
  await app.stop();
  await health.close();
  hosts.close();
  for (const api of kubernetes.values()) api.close();
  await store.close();
  log.info({}, 'stopped');
  process.exit(code);
}

function openStore(config: Config, log: Log) {
  try {
    return openRunStore(config.store.path, systemClock);
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    log.error({ err: error, code: error.code }, 'the store cannot be used');
    return leave(1, error.message);
  }
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    });
  } catch (error) {
    return leave(2, `${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function leave(code: number, message: string): never {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
}
