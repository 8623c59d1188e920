import type { Policy } from '../../domain/policy.ts';

/** A person or a user group, never a channel or everybody in it: an annotation may be written by many. */
const mention = /^<(?:@[UW][A-Z0-9]{2,20}|!subteam\^S[A-Z0-9]{2,20})(?:\|[^<>]{0,80})?>$/;

/**
 * How whoever owns a pod is called in Slack: `<@U…>` or `<!subteam^S…>` as it is written on the pod or its namespace, or
 * in the configuration for the namespace. Undefined where only a name is known.
 */
export function mentionOfOwner(
  policy: Policy,
  namespace: string,
  text: string | undefined,
): string | undefined {
  return [text, policy.drain.owners.namespaces[namespace]]
    .find((candidate) => candidate !== undefined && mention.test(candidate))
    ?.replace(/\|[^<>]*>$/, '>');
}
