/**
 * Secrets have no business in a log. Nothing that the bot logs should hold one; this catches what slips through by the
 * names of fields. Texts are masked like all others (domain/credentials.ts): an error's message may quote a header or a URL.
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
