import type { WebhookSnapshot } from '../../../domain/api-facts.ts';
import type { Finding, FindingObject } from '../../../domain/finding.ts';
import { nodesToDrain } from '../../nodes/to-drain.ts';
import { compareNames, listOf } from '../../text.ts';
import type { Check } from '../check.ts';

const seen = {
  'pods/eviction': 'evictions',
  pods: 'new pods and their deletion',
  nodes: 'cordons',
} as const;

/**
 * Webhooks that are asked about evictions, pods or nodes, refuse where they do not answer (failurePolicy Fail), and have
 * nobody behind them: now, or as soon as the one node that all of it runs on is drained.
 */
export const checkWebhooks: Check = (snapshot, intent, policy) => {
  const drained = new Set<string>(nodesToDrain(snapshot, intent, policy).map(({ name }) => name));
  return (snapshot.webhooks ?? [])
    .toSorted((a, b) => compareNames(nameOf(a), nameOf(b)))
    .flatMap((webhook): Finding[] => {
      const { ready, nodes } = webhook.backends;
      const [only, ...others] = nodes;
      if (ready === 0) return [down(webhook)];
      return only !== undefined && others.length === 0 && drained.has(only) ? [onOneNode(webhook, only)] : [];
    });
};

const nameOf = ({ configuration, webhook }: WebhookSnapshot): string => `${configuration}/${webhook}`;
const serviceOf = ({ backends }: WebhookSnapshot): string => `${backends.namespace}/${backends.name}`;
const whatOf = ({ matches }: WebhookSnapshot): string => listOf(matches.map((match) => seen[match]));
/** Whether it sees all of them or some is a matter of selectors, which are not evaluated here. */
const someOf = ({ narrowed }: WebhookSnapshot): string =>
  narrowed ? 'those that its selectors take' : 'all of them';

function objectsOf({ kind, configuration, backends }: WebhookSnapshot): FindingObject[] {
  return [
    { kind, name: configuration },
    { kind: 'Service', namespace: backends.namespace, name: backends.name },
  ];
}

function down(webhook: WebhookSnapshot): Finding {
  return {
    code: 'webhook.down',
    severity: 'blocker',
    objects: objectsOf(webhook),
    summary: `Webhook ${nameOf(webhook)} refuses ${whatOf(webhook)} (${someOf(webhook)}) when it does not answer, and ${serviceOf(webhook)} behind it has no ready endpoint.`,
    facts: { failurePolicy: 'Fail', matches: webhook.matches.join(', '), readyEndpoints: '0' },
    remedy:
      'Bring its pods back, or set failurePolicy: Ignore (or delete the configuration) if nobody needs it any more.',
  };
}

function onOneNode(webhook: WebhookSnapshot, node: string): Finding {
  const { ready } = webhook.backends;
  return {
    code: 'webhook.on-one-node',
    severity: 'warning',
    objects: [...objectsOf(webhook), { kind: 'Node', name: node }],
    summary: `Webhook ${nameOf(webhook)} refuses ${whatOf(webhook)} (${someOf(webhook)}) when it does not answer, and all of ${serviceOf(webhook)} runs on ${node}, which is drained.`,
    facts: {
      failurePolicy: 'Fail',
      matches: webhook.matches.join(', '),
      readyEndpoints: String(ready),
      node,
    },
    remedy:
      'Run a second replica on another node; else the drain stops in the middle, and the webhook’s own pod may not start elsewhere.',
  };
}
