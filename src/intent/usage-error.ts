/**
 * Text that is no command, answered so that the next try works. The texts are plain, without Slack's markup beyond
 * backticks around words; whatever the person typed in them still has to be escaped for the place it is shown in.
 */
export interface UsageError {
  readonly kind: 'usage-error';
  /** The words as they were read, after quotes, dashes and mentions were put straight. */
  readonly understood: string;
  /** What was wrong, one or two sentences. */
  readonly problem: string;
  /** A whole line to copy, which is a command that would be understood: `/k8s-upgrade plan prod-eu 1.34.9`. */
  readonly suggestion: string;
}
