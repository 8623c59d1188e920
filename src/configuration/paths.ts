import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config, SecretReference, SshConfig } from '../config.ts';
import type { Addon } from '../domain/addon.ts';
import type { LocatedYaml } from './located-yaml.ts';
import type { ConfigProblem, PathSegment } from './problem.ts';
import type { Environment } from './secrets.ts';

type Login = Pick<SshConfig, 'privateKey' | 'passphrase' | 'agent'>;

/** The configuration with every path absolute: relative ones are meant from the file, not from wherever it is run. */
export function withAbsolutePaths(config: Config, directory: string): Config {
  const absolute = (path: string) => resolve(directory, path);
  const reference = (of: SecretReference): SecretReference =>
    'file' in of ? { file: absolute(of.file) } : of;
  const login = <Any extends Login>(of: Any): Any => ({
    ...of,
    ...(of.privateKey === undefined ? {} : { privateKey: reference(of.privateKey) }),
    ...(of.passphrase === undefined ? {} : { passphrase: reference(of.passphrase) }),
    ...(of.agent === undefined || of.agent === 'env' ? {} : { agent: absolute(of.agent) }),
  });
  const addonAt = (addon: Addon): Addon =>
    addon.manifest === undefined ? addon : { ...addon, manifest: absolute(addon.manifest) };
  const clusters = Object.entries(config.clusters).map(([name, cluster]) => {
    const { kubernetes, prometheus, ssh, policy } = cluster;
    const { bastion } = ssh;
    return [
      name,
      {
        ...cluster,
        backups:
          cluster.backups.directory === undefined
            ? cluster.backups
            : { ...cluster.backups, directory: absolute(cluster.backups.directory) },
        policy: { ...policy, addons: policy.addons.map(addonAt) },
        kubernetes: { ...kubernetes, kubeconfig: absolute(kubernetes.kubeconfig) },
        ...(prometheus?.token === undefined
          ? {}
          : { prometheus: { ...prometheus, token: reference(prometheus.token) } }),
        ssh: {
          ...login(ssh),
          knownHosts: absolute(ssh.knownHosts),
          ...(bastion === undefined ? {} : { bastion: login(bastion) }),
        },
      },
    ];
  });
  const { appToken, signingSecret } = config.slack;
  return {
    ...config,
    slack: {
      ...config.slack,
      botToken: reference(config.slack.botToken),
      ...(appToken === undefined ? {} : { appToken: reference(appToken) }),
      ...(signingSecret === undefined ? {} : { signingSecret: reference(signingSecret) }),
    },
    store: { ...config.store, path: absolute(config.store.path) },
    backups: { ...config.backups, directory: absolute(config.backups.directory) },
    clusters: Object.fromEntries(clusters),
  };
}

async function unreadable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}

/** Files that must be there before anything starts, and paths that mean nothing here. Expects absolute paths. */
export async function pathProblems(
  config: Config,
  yaml: LocatedYaml,
  env: Environment,
): Promise<ConfigProblem[]> {
  const needed = Object.entries(config.clusters).flatMap(
    ([name, { kubernetes, ssh, policy }]): [PathSegment[], string][] => [
      [['clusters', name, 'kubernetes', 'kubeconfig'], kubernetes.kubeconfig],
      [['clusters', name, 'ssh', 'knownHosts'], ssh.knownHosts],
      ...policy.addons.flatMap(({ manifest }, index): [PathSegment[], string][] =>
        manifest === undefined ? [] : [[['clusters', name, 'policy', 'addons', index, 'manifest'], manifest]],
      ),
    ],
  );
  const files = await Promise.all(
    needed.map(async ([path, file]) => {
      const code = await unreadable(file);
      if (code === undefined) return [];
      const tilde = file.includes('/~/') ? ' (~ is not expanded here: write the whole path)' : '';
      return [yaml.problemAt(path, `names a file that cannot be read (${code}): ${file}${tilde}`)];
    }),
  );
  const agents = Object.entries(config.clusters).flatMap(([name, { ssh }]) => {
    const wanted = ssh.agent === 'env' || ssh.bastion?.agent === 'env';
    if (!wanted || env['SSH_AUTH_SOCK']) return [];
    const place = ssh.agent === 'env' ? ['agent'] : ['bastion', 'agent'];
    return [yaml.problemAt(['clusters', name, 'ssh', ...place], 'is env, but SSH_AUTH_SOCK is not set')];
  });
  return [...files.flat(), ...agents];
}
