import ssh2 from 'ssh2';

/** What is wrong with a private key; undefined where a login with it can be tried. Never quotes the key. */
export function keyProblem(key: string, passphrase: string | undefined): string | undefined {
  const parsed = ssh2.utils.parseKey(key, passphrase);
  if (!(parsed instanceof Error)) return undefined;
  // ssh2's own words: "Encrypted private OpenSSH key detected, but no passphrase given", "… bad passphrase?".
  if (/no passphrase given/i.test(parsed.message)) {
    return 'leads to a key with a passphrase: name the passphrase with passphrase: { file: PATH }, beside privateKey';
  }
  if (passphrase !== undefined && /passphrase|decrypt|integrity/i.test(parsed.message)) {
    return 'leads to a key that its passphrase does not open';
  }
  return `leads to a key that cannot be used (${parsed.message})`;
}
