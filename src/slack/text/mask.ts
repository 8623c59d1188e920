/**
 * The last look before a text goes where a whole channel reads it: what looks like a credential is taken out. Steps mask
 * what they print; this catches what slips through.
 */
const credentials: readonly [RegExp, string][] = [
  [/\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[A-Za-z0-9-]{8,}/g, '[masked]'],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [masked]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, '[masked]'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[masked]'],
  // kubeadm: bootstrap tokens, and the key that opens uploaded certificates.
  [/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, '[masked]'],
  [/(--certificate-key[= ])[a-f0-9]{64}/g, '$1[masked]'],
  // Not sudo's NOPASSWD: what follows it is the command of a rule that people are told to copy.
  [/((?:password|(?<!no)passwd|secret|token)["']?\s*[=:]\s*["']?)[^\s"',;]{4,}/gi, '$1[masked]'],
  [/(\/\/[^\s/:@]+:)[^\s/@]+@/g, '$1[masked]@'],
];

/** The text with everything that looks like a credential replaced by `[masked]`. */
export function masked(text: string): string {
  return credentials.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
}
