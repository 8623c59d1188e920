/** What must never stand in the file: Slack's tokens by their prefixes, private keys by their armour. */
const literals: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a Slack token', pattern: /\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{8,}/g },
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/g },
];

export interface SecretLiteral {
  readonly what: string;
  /** Offset in the text. */
  readonly offset: number;
}

/** Where a text holds what looks like a secret, comments included: whoever can read the file can read those. */
export function findSecretLiterals(text: string): SecretLiteral[] {
  return literals.flatMap(({ what, pattern }) =>
    [...text.matchAll(pattern)].map((match) => ({ what, offset: match.index })),
  );
}

/** A message from elsewhere without anything that looks like a secret. */
export function masked(message: string): string {
  return literals.reduce((text, { pattern }) => text.replace(pattern, '***'), message);
}
