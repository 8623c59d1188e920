import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';

/** What the bot's configuration for the sandbox is made of. */
export interface DemoConfig {
  readonly path: string;
  readonly apiUrl: string;
  /** Where Slack's signed requests arrive; without it the bot opens a socket. */
  readonly requestPort?: number;
  readonly teamId: string;
  readonly channels: readonly string[];
  readonly approverGroup: string;
  readonly healthPort: number;
  readonly dataDirectory: string;
  readonly cluster: {
    readonly name: string;
    readonly kubeconfigPath: string;
    /** The API servers' own ports, beside the load balancer's. */
    readonly apiPorts: { readonly nodes: Readonly<Record<string, number>> };
    readonly knownHostsPath: string;
    readonly privateKeyPath: string;
    readonly sshUser: string;
    readonly nodes: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  };
  readonly policy?: Record<string, unknown>;
  /** Whether drills may be run on the cluster. */
  readonly rehearsal?: boolean;
}

/** Writes the one configuration file that the bot is started with; only addresses and keys are the sandbox's own. */
export function writeDemoConfig(demo: DemoConfig): void {
  const { cluster } = demo;
  const config = {
    slack: {
      botToken: { env: 'SLACK_BOT_TOKEN' },
      ...(demo.requestPort === undefined
        ? { appToken: { env: 'SLACK_APP_TOKEN' } }
        : { signingSecret: { env: 'SLACK_SIGNING_SECRET' }, requests: { port: demo.requestPort } }),
      teamId: demo.teamId,
      apiUrl: demo.apiUrl,
    },
    store: { path: `${demo.dataDirectory}/bot.sqlite` },
    backups: { directory: `${demo.dataDirectory}/backups` },
    http: { address: '127.0.0.1', port: demo.healthPort },
    clusters: {
      [cluster.name]: {
        kubernetes: {
          kubeconfig: cluster.kubeconfigPath,
          endpoints: Object.values(cluster.apiPorts.nodes).map((port) => `https://127.0.0.1:${port}`),
        },
        ssh: {
          user: cluster.sshUser,
          privateKey: { file: cluster.privateKeyPath },
          knownHosts: cluster.knownHostsPath,
        },
        nodes: Object.fromEntries(cluster.nodes.map(({ name, address, port }) => [name, { address, port }])),
        channels: demo.channels,
        approvers: { group: demo.approverGroup },
        incidents: { namePattern: '^inc-' },
        rehearsal: demo.rehearsal ?? false,
        policy: demo.policy ?? {},
      },
    },
  };
  writeFileSync(demo.path, stringify(config), { mode: 0o600 });
}
