import ssh2 from 'ssh2';
import type { SecretReference, SshConfig } from '../../config.ts';
import { StepFailure } from '../../domain/failure.ts';

/** Reads what a secret reference points at; throws when it is not there. */
export type ReadSecret = (reference: SecretReference) => Promise<string>;

type LoginConfig = Pick<SshConfig, 'user' | 'privateKey' | 'passphrase' | 'agent'>;

/** Who logs in and how, as ssh2 wants it. Holds secrets: never log it. */
export interface Login {
  readonly username: string;
  readonly privateKey?: string;
  readonly passphrase?: string;
  /** An ssh-agent's socket. */
  readonly agent?: string;
}

/**
 * Reads the key and its passphrase anew, so that a rotated key is taken at the next connect. Throws StepFailure
 * `ssh.authentication-failed` for a key that is missing or cannot be used, before anything is sent to the machine.
 * @param agentSocket the value of SSH_AUTH_SOCK, for `agent: env`
 */
export async function resolveLogin(
  config: LoginConfig,
  readSecret: ReadSecret,
  agentSocket: string | undefined,
): Promise<Login> {
  const privateKey = config.privateKey && (await secret('private key', config.privateKey, readSecret));
  const passphrase = config.passphrase && (await secret('passphrase', config.passphrase, readSecret));
  if (privateKey !== undefined && config.privateKey) {
    const parsed = ssh2.utils.parseKey(privateKey, passphrase?.replace(/\r?\n$/, ''));
    if (parsed instanceof Error) throw unusable('private key', config.privateKey, parsed);
  }
  const agent = config.agent === 'env' ? agentSocket : config.agent;
  if (config.agent === 'env' && agent === undefined && privateKey === undefined) {
    throw new StepFailure(
      'ssh.authentication-failed',
      'The configuration says "agent: env", but SSH_AUTH_SOCK is not set where the bot runs.',
      { facts: { user: config.user } },
    );
  }
  return {
    username: config.user,
    ...(privateKey === undefined ? {} : { privateKey }),
    // Files end with a line feed that is not part of the passphrase.
    ...(passphrase === undefined ? {} : { passphrase: passphrase.replace(/\r?\n$/, '') }),
    ...(agent === undefined ? {} : { agent }),
  };
}

async function secret(what: string, reference: SecretReference, readSecret: ReadSecret): Promise<string> {
  try {
    return await readSecret(reference);
  } catch (error) {
    throw unusable(what, reference, error);
  }
}

function unusable(what: string, reference: SecretReference, cause: unknown): StepFailure {
  const place = 'env' in reference ? `environment variable ${reference.env}` : `file ${reference.file}`;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StepFailure('ssh.authentication-failed', `The ${what} in ${place} cannot be used: ${reason}`, {
    facts: { [what.replace(' ', '-')]: place },
    cause,
  });
}
