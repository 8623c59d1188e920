import type https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { StepFailure } from '../../domain/failure.ts';
import type { Clock } from '../../ports/clock.ts';

/** What it takes to talk to the API servers: trust, identity and headers. Holds secrets: never log it. */
export interface Access {
  /** The kubeconfig's own server, without a trailing slash. */
  readonly server: string;
  /** TLS options: ca, cert, key, servername, rejectUnauthorized. */
  readonly options: https.RequestOptions;
  readonly headers: Readonly<Record<string, string>>;
  /** For a kubeconfig with proxy-url. */
  readonly proxyAgent?: https.Agent;
}

export interface AccessSource {
  current(): Promise<Access>;
  /** Reads the kubeconfig and its credentials anew next time: the ones at hand were turned away. */
  forget(): void;
}

/** Certificates and tokens are renewed under a long-running bot: kubeadm itself renews them while it upgrades. */
const goodForMs = 60_000;

/**
 * Access by a kubeconfig as client-node understands it: inline data, files, exec plugins, OIDC, proxies. Read at first
 * use and again once a minute. Throws StepFailure `kubernetes.refused` for a kubeconfig that cannot be used.
 */
export function createAccessSource(
  config: { kubeconfig: string; context?: string | undefined },
  clock: Clock,
): AccessSource {
  let held: { access: Promise<Access>; at: number } | undefined;
  return {
    current() {
      if (held && clock.elapsed() - held.at < goodForMs) return held.access;
      const access = readAccess(config);
      const mine = { access, at: clock.elapsed() };
      held = mine;
      // A failure is not kept: the file may be there the next time.
      access.catch(() => {
        if (held === mine) held = undefined;
      });
      return access;
    },
    forget() {
      held = undefined;
    },
  };
}

/** What is wrong with a kubeconfig file; undefined where calls with it can be tried. Asks nobody for credentials. */
export function kubeconfigProblem(kubeconfig: string, context: string | undefined): string | undefined {
  try {
    load({ kubeconfig, context });
    return undefined;
  } catch (error) {
    return `leads to a kubeconfig that cannot be used: ${reasonOf(error)}`;
  }
}

type Source = { kubeconfig: string; context?: string | undefined };

async function readAccess(source: Source): Promise<Access> {
  try {
    return await accessOf(load(source));
  } catch (error) {
    throw new StepFailure('kubernetes.refused', `The kubeconfig cannot be used: ${reasonOf(error)}`, {
      facts: { kubeconfig: source.kubeconfig, ...(source.context ? { context: source.context } : {}) },
      cause: error,
    });
  }
}

interface Loaded {
  readonly kubeConfig: KubeConfig;
  readonly server: string;
  readonly proxyUrl: string | undefined;
}

/** Reads the file and finds its context, cluster and user; throws where one of them is missing. */
function load(source: Source): Loaded {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(source.kubeconfig);
  if (source.context !== undefined) kubeConfig.setCurrentContext(source.context);
  const context = kubeConfig.getCurrentContext();
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster)
    throw new Error(context ? `it has no context ${context} with a cluster` : 'it names no current context');
  if (!cluster.server.startsWith('https://')) {
    throw new Error(`its server is ${cluster.server}: credentials are only sent over https`);
  }
  if (!kubeConfig.getCurrentUser()) throw new Error(`the context ${context} names no user`);
  return { kubeConfig, server: cluster.server, proxyUrl: cluster.proxyUrl };
}

async function accessOf({ kubeConfig, server, proxyUrl }: Loaded): Promise<Access> {
  const options: https.RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const { agent, headers, auth, ...rest } = options;
  return {
    server,
    options: { ...rest, ...(auth ? { auth } : {}) },
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)])),
    ...(proxyUrl && agent && typeof agent === 'object' ? { proxyAgent: agent as https.Agent } : {}),
  };
}

/** YAML errors quote the lines around them, and those may be the keys. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';
