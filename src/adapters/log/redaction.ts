/**
 * Secrets have no business in a log. Nothing that the bot logs should hold one; this catches what slips through: fields
 * whose names say so, and texts that look like a credential (an error's message may quote a header or a URL).
 */
const secretNames = [
  'token',
  'botToken',
  'appToken',
  'authorization',
  'Authorization',
  'cookie',
  'password',
  'passphrase',
  'privateKey',
  'secret',
  'key-data',
  'client-key-data',
  'triggerId',
  'trigger_id',
  'responseUrl',
  'response_url',
];

/** Paths for pino's redact: those names at the top, and one and two levels down. */
export const redactedPaths: string[] = secretNames.flatMap((name) => {
  const step = `["${name}"]`;
  return [step, `*${step}`, `*.*${step}`];
});

const mask = '[redacted]';

const credentials: readonly [RegExp, string][] = [
  // Slack: xoxb-, xoxp-, xapp-, xoxe.xoxp- …
  [/\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[A-Za-z0-9-]{8,}/g, mask],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${mask}`],
  // JSON Web Tokens: service account tokens are such.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, mask],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, mask],
  // kubeadm bootstrap tokens.
  [/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, mask],
  [/(https:\/\/hooks\.slack\.com\/)\S+/g, `$1${mask}`],
  [/(\/\/[^\s/:@]+:)[^\s/@]+@/g, `$1${mask}@`],
];

/** The text with everything that looks like a credential replaced. */
export function withoutCredentials(text: string): string {
  return credentials.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
}
