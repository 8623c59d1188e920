/**
 * What looks like a credential. One table for what machines print, what goes to Slack and what is logged, so that none of
 * them knows less than another. Each rule names who writes it; `*` is where the mark goes. No rule searches from the
 * beginning of something of any length: on a line of 64 KiB that took seconds.
 */
const shapes: readonly [RegExp, string][] = [
  // Slack: xoxb-, xoxp-, xapp-, xoxe.xoxp- …; URLs at which anybody may post.
  [/\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[A-Za-z0-9-]{8,}/g, '*'],
  [/(https:\/\/hooks\.slack\.com\/)\S+/g, '$1*'],
  // Authorization headers: curl -v, kubectl -v=8, errors of HTTP clients.
  [/(authorization["']?:\s?["']?(?:bearer|basic)\s)[A-Za-z0-9._~+/=-]{4,}/gi, '$1*'],
  [/\b((?:bearer|basic)\s{1,9})[A-Za-z0-9._~+/=-]{16,}/gi, '$1*'],
  // Service account tokens: JSON Web Tokens.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, '*'],
  // Bootstrap tokens (kubeadm token, kubeadm join): six characters, a dot, sixteen.
  [/(?<![a-z0-9-]|[a-z0-9]\.)[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9-]|\.[a-z0-9])/g, '*'],
  // kubeadm join --certificate-key, kubeadm's configuration file.
  [/(certificate-?key["']?[=:\s]{1,9}["']?)[0-9a-f]{64}/gi, '$1*'],
  // Kubeconfig files.
  [/(client-key-data["']?\s{0,9}:\s{0,9}["']?)[A-Za-z0-9+/=]{16,}/g, '$1*'],
  // Proxies and mirrors in the configuration of apt, dnf and containerd.
  [/(\/\/[^\s/:@]*:)[^\s/@]+@/g, '$1*@'],
  // PEM files, also squeezed into one line as JSON and YAML do, also cut off.
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
    '* private key',
  ],
];

/** What every one of the rules needs: a text without any of it is not looked at further, which is most of them. */
const suspicious =
  /xox|xapp|bearer|basic|eyJ|[a-z0-9]{6}\.[a-z0-9]{16}|certificate-?key|client-key-data|\/\/|PRIVATE KEY/i;

/** Not sudo's NOPASSWD: what follows it is the command of a rule that people are told to copy. */
const named =
  /((?:password|(?<!no)passwd|passphrase|secret|token)["']?\s{0,9}[=:]\s{0,9}["']?)[^\s"',;]{4,}/gi;

/** The text with everything replaced that has the shape of a credential. What machines read on keeps its form. */
export function maskCredentials(text: string, mark = '[masked]'): string {
  if (!suspicious.test(text)) return text;
  return shapes.reduce((left, [shape, shown]) => left.replace(shape, shown.replace('*', mark)), text);
}

/**
 * For people's eyes only: also whatever is called a password, a secret or a token (`password=hunter2`). It takes harmless
 * settings along, such as `automountServiceAccountToken: false`, so nothing is to be parsed after it.
 */
export function maskSecrets(text: string, mark = '[masked]'): string {
  return maskCredentials(text, mark).replace(named, `$1${mark}`);
}
