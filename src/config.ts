import { z } from 'zod';
import { ChannelId, ClusterName, NodeName, UserGroupId, UserId } from './domain/names.ts';
import { Policy } from './domain/policy.ts';

/** A secret is never in the file itself: it names an environment variable or a file that holds it. */
export const SecretReference = z.union(
  [
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
    z.strictObject({ file: z.string().min(1) }),
  ],
  { error: 'name where the secret is, never the secret: { env: NAME } or { file: PATH }' },
);
export type SecretReference = z.infer<typeof SecretReference>;

const Port = z.number().int().min(1).max(65_535);
const Host = z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'a host name or an IP address');
const LoginName = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a login name');

/** How a machine is logged in to: a key file (with its passphrase) or an agent's socket. */
const SshLogin = {
  user: LoginName,
  port: Port.default(22),
  privateKey: SecretReference.optional(),
  passphrase: SecretReference.optional(),
  /** Path of an ssh-agent socket, or `env` to use SSH_AUTH_SOCK. */
  agent: z.string().min(1).optional(),
};

export const SshConfig = z
  .strictObject({
    ...SshLogin,
    knownHosts: z.string().min(1),
    connectTimeoutSeconds: z.number().int().min(1).max(300).default(15),
    keepaliveSeconds: z.number().int().min(1).max(600).default(15),
    bastion: z
      .strictObject({ host: Host, ...SshLogin })
      .refine((login) => login.privateKey !== undefined || login.agent !== undefined, {
        error: 'give privateKey or agent',
      })
      .optional(),
  })
  .refine((login) => login.privateKey !== undefined || login.agent !== undefined, {
    error: 'give privateKey or agent',
  });
export type SshConfig = z.infer<typeof SshConfig>;

export const Approvers = z
  .strictObject({
    /** A Slack user group. Whoever can edit the group can grant approval. */
    group: UserGroupId.optional(),
    /** Pinned ids, which nobody in Slack can change. */
    users: z.array(UserId).default([]),
  })
  .refine((approvers) => approvers.group !== undefined || approvers.users.length > 0, {
    error: 'name a group or at least one user, else nobody could ever approve',
  });
export type Approvers = z.infer<typeof Approvers>;

/** A Prometheus, or what speaks its API, that knows the cluster. */
export const PrometheusConfig = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }),
    /** Sent as a bearer token. */
    token: SecretReference.optional(),
    timeoutSeconds: z.number().int().min(1).max(120).default(10),
    /** Firing alerts that say nothing about an upgrade, by name: `Watchdog` always fires. */
    ignoreAlerts: z.array(z.string().min(1)).default(['Watchdog', 'InfoInhibitor']),
    /** Further conditions on the alerts' labels, as in PromQL: `cluster="prod-eu",severity!="info"`. */
    alertSelector: z
      .string()
      .regex(/^[^{}]*$/, 'conditions on labels without braces, such as cluster="prod-eu"')
      .optional(),
  })
  .refine(({ url, token }) => token === undefined || url.startsWith('https://'), {
    error: 'a token is only sent over https',
  });
export type PrometheusConfig = z.infer<typeof PrometheusConfig>;

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== '';
  } catch {
    return false;
  }
}

export const ClusterConfig = z
  .strictObject({
    kubernetes: z.strictObject({
      kubeconfig: z.string().min(1),
      context: z.string().min(1).optional(),
      /** Further API servers to turn to while the kubeconfig's own does not answer: `https://10.0.0.11:6443`. */
      endpoints: z.array(z.url({ protocol: /^https$/ })).default([]),
      timeoutSeconds: z.number().int().min(1).max(300).default(15),
    }),
    /** For firing alerts in plans, checks and gates. */
    prometheus: PrometheusConfig.optional(),
    ssh: SshConfig,
    /** Where a node is reached when that is not its InternalIP and the common port. */
    nodes: z
      .record(NodeName, z.strictObject({ address: Host.optional(), port: Port.optional() }))
      .default({}),
    /** Channels in which this cluster may be planned and run. */
    channels: z.array(ChannelId).min(1),
    approvers: Approvers,
    /** Who may ask for a plan, pause, resume and abort; absent: every full member in the channel. */
    operators: Approvers.optional(),
    /** Where this cluster's backups are kept when not with those of the others, and for how many of its runs. */
    backups: z
      .strictObject({
        directory: z.string().min(1).optional(),
        keep: z.number().int().min(1).max(1_000).optional(),
      })
      .default({}),
    /** Which channels are an incident's; while one is declared, runs of the cluster begin nothing new. */
    incidents: z
      .strictObject({
        /** Channels that are an incident's whatever they are called. */
        channels: z.array(ChannelId).default([]),
        /** A regular expression for the channel's name, without the #. */
        namePattern: z
          .string()
          .min(1)
          .max(200)
          .refine(isRegularExpression, { error: 'not a regular expression' })
          .optional(),
        /** The people on call: a channel that one of them created, or that all of them are in, is an incident's. */
        group: UserGroupId.optional(),
      })
      .refine(
        ({ channels, namePattern, group }) =>
          channels.length > 0 || namePattern !== undefined || group !== undefined,
        { error: 'give channels, namePattern or group' },
      )
      .optional(),
    /** A cluster to practise on: upgrades of it may be taken back right away, as a drill. */
    rehearsal: z.boolean().default(false),
    policy: Policy.prefault({}),
  })
  .superRefine(({ approvers, policy }, context) => {
    const { needed } = policy.approvals;
    // How many a group has only Slack knows, and it changes.
    if (approvers.group !== undefined || approvers.users.length >= needed) return;
    context.addIssue({
      code: 'custom',
      path: ['approvers'],
      message: `names ${approvers.users.length} of the ${needed} people that policy.approvals.needed asks for: nothing could ever be approved`,
    });
  });
export type ClusterConfig = z.infer<typeof ClusterConfig>;

/** How Slack reaches the bot: over a socket that the bot opens (appToken), or with requests that Slack signs. */
export const SlackConfig = z
  .strictObject({
    botToken: SecretReference,
    /** Socket Mode; nothing has to reach the bot from outside. */
    appToken: SecretReference.optional(),
    /** Slack's requests over HTTP; the secret that they are signed with. */
    signingSecret: SecretReference.optional(),
    /** Where those requests arrive; a proxy that ends TLS stands before it. */
    requests: z
      .strictObject({
        address: Host.default('127.0.0.1'),
        port: z.number().int().min(0).max(65_535).default(3000),
        path: z
          .string()
          .regex(/^\/[\w./-]{0,200}$/, 'a path such as /slack/events')
          .default('/slack/events'),
      })
      .prefault({}),
    /** Everything from another workspace is refused. */
    teamId: z.string().regex(/^[TE][A-Z0-9]{2,20}$/, 'a workspace id such as T0123ABCD'),
    /** Everything for another app is refused. Slack says which one this is, unless it is said here. */
    appId: z
      .string()
      .regex(/^A[A-Z0-9]{2,20}$/, 'an app id such as A0123ABCD')
      .optional(),
    /** Only for a workspace that is not Slack's own. */
    apiUrl: z.url().optional(),
  })
  .refine(({ appToken, signingSecret }) => (appToken === undefined) !== (signingSecret === undefined), {
    error: 'give either appToken (Socket Mode) or signingSecret (requests over HTTP)',
  });
export type SlackConfig = z.infer<typeof SlackConfig>;

/** The whole configuration file. */
export const Config = z.strictObject({
  slack: SlackConfig,
  store: z.strictObject({
    path: z.string().min(1),
    /** Days that plans, steps and events of runs are kept after their end; longer than anything that is looked back at. */
    keepDays: z.number().int().min(60).max(36_500).default(1_095),
  }),
  /** Where docs/runbooks can be read in a browser; messages then link to its pages. */
  runbooks: z.url({ protocol: /^https?$/ }).optional(),
  backups: z.strictObject({
    directory: z.string().min(1),
    /** Runs of a cluster whose backups are kept. */
    keep: z.number().int().min(1).max(1_000).default(10),
  }),
  http: z
    .strictObject({
      address: Host.default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(8080),
    })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') })
    .prefault({}),
  clusters: z
    .record(ClusterName, ClusterConfig)
    .refine((clusters) => Object.keys(clusters).length > 0, { error: 'name at least one cluster' }),
});
export type Config = z.infer<typeof Config>;

/** Where a cluster's backups are kept and for how many runs: its own words first, else those for all. */
export function backupsOf(
  config: Pick<Config, 'backups' | 'clusters'>,
  cluster: ClusterName,
): { directory: string; keep: number } {
  const own = config.clusters[cluster]?.backups;
  return {
    directory: own?.directory ?? config.backups.directory,
    keep: own?.keep ?? config.backups.keep,
  };
}

const keptRuns = 20;

/** What is kept of runs that are over, and for how long. A rollback needs a run's plan as long as its backups are there. */
export function historyOf(config: Pick<Config, 'store' | 'backups' | 'clusters'>): {
  keepDays: number;
  keepRuns: number;
} {
  const ofBackups = Object.keys(config.clusters).map(
    (cluster) => backupsOf(config, cluster as ClusterName).keep,
  );
  return { keepDays: config.store.keepDays, keepRuns: Math.max(keptRuns, ...ofBackups) };
}
