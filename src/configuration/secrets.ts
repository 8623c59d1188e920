import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SecretReference } from '../config.ts';

/** Larger than any token, key or passphrase. */
const largestSecret = 64 * 1024;

export type SecretOutcome =
  | { readonly status: 'ok'; readonly value: string }
  /** `reason` ends a sentence that begins with the setting's name, and never holds the value. */
  | { readonly status: 'missing'; readonly reason: string };

export type Environment = Readonly<Record<string, string | undefined>>;

const missing = (reason: string): SecretOutcome => ({ status: 'missing', reason });

async function fromFile(path: string): Promise<SecretOutcome> {
  try {
    const { size } = await stat(path);
    if (size > largestSecret) return missing(`names a file of ${size} bytes, which is no secret: ${path}`);
    const value = (await readFile(path, 'utf8')).trim();
    return value === '' ? missing(`names a file that is empty: ${path}`) : { status: 'ok', value };
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return missing(`names a file that cannot be read (${code}): ${path}`);
  }
}

/**
 * The secret behind a reference, without white space around it. Read anew at each call, so that a rotated file counts.
 * @param directory what a relative path is relative to: the configuration file's own directory
 */
export async function resolveSecret(
  reference: SecretReference,
  directory: string,
  env: Environment,
): Promise<SecretOutcome> {
  if ('file' in reference) return await fromFile(resolve(directory, reference.file));
  const value = env[reference.env]?.trim();
  if (value === undefined)
    return missing(`names the environment variable ${reference.env}, which is not set`);
  return value === ''
    ? missing(`names the environment variable ${reference.env}, which is empty`)
    : { status: 'ok', value };
}

/** A secret that is there but is plainly not the one that belongs here; undefined where nothing speaks against it. */
export function wrongSecret(
  path: readonly (string | number)[],
  value: string,
  isSlack: boolean,
): string | undefined {
  const name = path.at(-1);
  if (name === 'botToken' && isSlack && !value.startsWith('xoxb-')) {
    return 'leads to something that does not begin with xoxb-, as a bot token does';
  }
  if (name === 'appToken' && isSlack && !value.startsWith('xapp-')) {
    return 'leads to something that does not begin with xapp-, as an app-level token does';
  }
  if (name === 'privateKey' && /^(ssh|ecdsa|sk)-/.test(value))
    return 'leads to a public key; the private one is meant';
  return undefined;
}

/** Every secret reference in some data, with its path. */
export function secretReferencesIn(
  data: unknown,
  path: readonly (string | number)[] = [],
): { path: (string | number)[]; reference: SecretReference }[] {
  if (data === null || typeof data !== 'object') return [];
  const parsed = SecretReference.safeParse(data);
  if (parsed.success) return [{ path: [...path], reference: parsed.data }];
  const members: [string | number, unknown][] = Array.isArray(data)
    ? [...data.entries()]
    : Object.entries(data);
  return members.flatMap(([key, value]) => secretReferencesIn(value, [...path, key]));
}
