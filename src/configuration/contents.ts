import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config, SecretReference, SshConfig } from '../config.ts';
import type { LocatedYaml } from './located-yaml.ts';
import type { ConfigProblem, PathSegment } from './problem.ts';
import { type Environment, resolveSecret } from './secrets.ts';

/**
 * Whether what files hold can be used, by those who will use it. Each says what is wrong in words that end a sentence
 * which begins with the setting's name, or nothing. None of them quotes the content: it may be a secret.
 */
export interface ContentChecks {
  privateKey(key: string, passphrase: string | undefined): string | undefined;
  kubeconfig(path: string, context: string | undefined): string | undefined;
}

type Login = Pick<SshConfig, 'privateKey' | 'passphrase'>;

function loginsOf(config: Config): [PathSegment[], Login][] {
  return Object.entries(config.clusters).flatMap(([name, { ssh }]): [PathSegment[], Login][] => [
    [['clusters', name, 'ssh'], ssh],
    ...(ssh.bastion ? [[['clusters', name, 'ssh', 'bastion'], ssh.bastion] as [PathSegment[], Login]] : []),
  ]);
}

/** Keys and kubeconfigs that are there and can be used by nobody. Expects absolute paths. */
export async function contentProblems(
  config: Config,
  yaml: LocatedYaml,
  env: Environment,
  checks: ContentChecks,
): Promise<ConfigProblem[]> {
  const secret = async (reference: SecretReference | undefined): Promise<string | undefined> => {
    const found = reference && (await resolveSecret(reference, '/', env));
    return found?.status === 'ok' ? found.value : undefined;
  };
  const keys = loginsOf(config).map(async ([path, login]) => {
    const key = await secret(login.privateKey);
    // What is missing, and a public key, is told already.
    if (key === undefined || /^(ssh|ecdsa|sk)-/.test(key)) return [];
    const problem = checks.privateKey(key, await secret(login.passphrase));
    return problem === undefined ? [] : [yaml.problemAt([...path, 'privateKey'], problem)];
  });
  const kubeconfigs = Object.entries(config.clusters).flatMap(([name, { kubernetes }]) => {
    const problem = checks.kubeconfig(kubernetes.kubeconfig, kubernetes.context);
    // A file that cannot be read is told already.
    if (problem === undefined || /ENOENT|EACCES/.test(problem)) return [];
    return [yaml.problemAt(['clusters', name, 'kubernetes', 'kubeconfig'], problem)];
  });
  return [...(await Promise.all(keys)).flat(), ...kubeconfigs];
}

/**
 * Files with secrets that everybody on the machine may read. No problem that would keep the bot from starting: secrets
 * that a container's platform mounts look so, and nobody else is in there.
 */
export async function looseSecrets(config: Config, yaml: LocatedYaml): Promise<ConfigProblem[]> {
  const files = [
    ...loginsOf(config).flatMap(([path, { privateKey }]) =>
      privateKey !== undefined && 'file' in privateKey
        ? [{ path: [...path, 'privateKey'], file: privateKey.file }]
        : [],
    ),
    ...Object.entries(config.clusters).map(([name, { kubernetes }]) => ({
      path: ['clusters', name, 'kubernetes', 'kubeconfig'],
      file: kubernetes.kubeconfig,
    })),
  ];
  const found = files.map(async ({ path, file }) => {
    const mode = await stat(file).then(
      (stats) => stats.mode & 0o777,
      () => 0,
    );
    const octal = mode.toString(8).padStart(4, '0');
    return (mode & 0o004) === 0
      ? []
      : [
          yaml.problemAt(
            path,
            `everybody on this machine may read ${file} (mode ${octal}): chmod 600 ${file}`,
          ),
        ];
  });
  return (await Promise.all(found)).flat();
}

/**
 * Places of the store and of backups where nothing could be written. Only to be told: who checks a configuration need not
 * be the user whom the bot runs as.
 */
export async function unwritablePlaces(config: Config, yaml: LocatedYaml): Promise<ConfigProblem[]> {
  const places: [PathSegment[], string][] = [
    [['store', 'path'], dirname(config.store.path)],
    [['backups', 'directory'], config.backups.directory],
    ...Object.entries(config.clusters).flatMap(([name, { backups }]): [PathSegment[], string][] =>
      backups.directory === undefined
        ? []
        : [[['clusters', name, 'backups', 'directory'], backups.directory]],
    ),
  ];
  const found = places.map(async ([path, directory]) => {
    const code = await unwritable(directory);
    return code === undefined
      ? []
      : [yaml.problemAt(path, `${directory} cannot be written by this user (${code})`)];
  });
  return (await Promise.all(found)).flat();
}

/** Directories are made as needed: the nearest one that is there counts. */
async function unwritable(directory: string): Promise<string | undefined> {
  try {
    await access(directory, constants.W_OK);
    return (await stat(directory)).isDirectory() ? undefined : 'ENOTDIR';
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' && dirname(directory) !== directory
      ? await unwritable(dirname(directory))
      : code;
  }
}
