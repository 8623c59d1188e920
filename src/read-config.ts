import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Config, type SecretReference } from './config.ts';
import {
  type ContentChecks,
  contentProblems,
  looseSecrets,
  unwritablePlaces,
} from './configuration/contents.ts';
import { parseLocatedYaml } from './configuration/located-yaml.ts';
import { pathProblems, withAbsolutePaths } from './configuration/paths.ts';
import { type ConfigProblem, presentable } from './configuration/problem.ts';
import { schemaProblems } from './configuration/schema-problems.ts';
import { findSecretLiterals } from './configuration/secret-literals.ts';
import { type Environment, resolveSecret, secretReferencesIn, wrongSecret } from './configuration/secrets.ts';

export { type ConfigProblem, formatProblems } from './configuration/problem.ts';
export { resolveSecret } from './configuration/secrets.ts';

/** Reads a secret of the configuration, each time anew. Throws when it has gone since the configuration was read. */
export type ReadSecret = (reference: SecretReference) => Promise<string>;

export type ConfigOutcome =
  | {
      readonly status: 'ok';
      readonly config: Config;
      readonly readSecret: ReadSecret;
      /** What should be mended and keeps nobody from starting. */
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly status: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** Far more than clusters by the hundred need; a file beyond it is the wrong file. */
const largestFile = 1024 * 1024;

const defaultPath = '/etc/k8s-upgrade-bot/config.yaml';

/** The file that the environment names (K8S_UPGRADE_BOT_CONFIG), else /etc/k8s-upgrade-bot/config.yaml. */
export function configPath(env: Environment): string {
  return resolve(env['K8S_UPGRADE_BOT_CONFIG']?.trim() || defaultPath);
}

const wholeFile = (message: string): ConfigOutcome => ({
  status: 'invalid',
  problems: [{ path: '', line: 1, column: 1, message }],
});

const help =
  'name the configuration with --config FILE or K8S_UPGRADE_BOT_CONFIG; docs/config.example.yaml is one to begin with';

async function readText(path: string): Promise<{ text: string } | { problem: string }> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > largestFile)
      return { problem: `has ${size} bytes; a configuration has at most ${largestFile}` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile()) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'is not UTF-8 text' };
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return { problem: `cannot be read (${code})${code === 'ENOENT' ? `: ${help}` : ''}` };
  }
}

/**
 * Reads and checks the configuration as a whole: syntax, schema, unknown keys, secrets written out, references that lead
 * nowhere, files that are missing or hold what nobody can use. Gives every problem at once, in the order of the file, and never a secret's value.
 * Paths in the file are relative to the file; the configuration that is returned has absolute ones.
 * @param checks judge keys and kubeconfigs; without them only that the files are there is known
 */
export async function readConfig(
  path: string,
  env: Environment,
  checks?: ContentChecks,
): Promise<ConfigOutcome> {
  const read = await readText(path);
  if ('problem' in read) return wholeFile(read.problem);
  const { text } = read;
  const directory = dirname(resolve(path));
  const yaml = parseLocatedYaml(text);
  const literals = findSecretLiterals(text).map(({ what, offset }) =>
    yaml.problemAtOffset(
      offset,
      `looks like ${what}: move it to a file or an environment variable and name that here; whoever could read this file knows it now, so replace it`,
    ),
  );
  if (yaml.problems.length > 0)
    return { status: 'invalid', problems: presentable([...yaml.problems, ...literals]) };
  if (yaml.data === null || yaml.data === undefined)
    return wholeFile('is empty: docs/config.example.yaml is one to begin with');

  const parsed = Config.safeParse(yaml.data);
  const isSlack = !yaml.has(['slack', 'apiUrl']);
  const secrets = await Promise.all(
    secretReferencesIn(yaml.data).map(async ({ path: at, reference }) => {
      const secret = await resolveSecret(reference, directory, env);
      const problem = secret.status === 'ok' ? wrongSecret(at, secret.value, isSlack) : secret.reason;
      return problem === undefined ? [] : [yaml.problemAt(at, problem)];
    }),
  );
  const config = parsed.success ? withAbsolutePaths(parsed.data, directory) : undefined;
  const problems = presentable([
    ...literals,
    ...secrets.flat(),
    ...(parsed.success ? [] : schemaProblems(Config, parsed.error, yaml)),
    ...(config === undefined ? [] : await pathProblems(config, yaml, env)),
    ...(config === undefined || checks === undefined ? [] : await contentProblems(config, yaml, env, checks)),
  ]);
  if (problems.length > 0 || config === undefined) return { status: 'invalid', problems };

  return {
    status: 'ok',
    config,
    warnings: presentable([...(await looseSecrets(config, yaml)), ...(await unwritablePlaces(config, yaml))]),
    readSecret: async (reference) => {
      const secret = await resolveSecret(reference, directory, env);
      if (secret.status === 'ok') return secret.value;
      throw new Error(`A secret of the configuration ${secret.reason}`);
    },
  };
}
