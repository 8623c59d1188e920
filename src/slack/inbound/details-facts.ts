import { maskSecrets } from '../../domain/credentials.ts';
import type { Finding } from '../../domain/finding.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { estimateBasis } from '../projection/estimate-text.ts';
import { waysBack } from '../projection/way-back-hops.ts';
import { count, fold, listed } from '../text/fold.ts';
import { code, escaped, short } from '../text/untrusted.ts';

/** Room in one section of a modal (Slack: 3,000 characters), with some to spare for what is around. */
const sectionChars = 2_600;
const inTheFile = 'the file in the thread has all of it';

/** What was seen beyond what the sentence says, name by name; folded: a finding can be about a thousand nodes. */
export function factsText({ facts, summary }: Pick<Finding, 'facts' | 'summary'>): string {
  const entries = Object.entries(facts)
    .filter(([, value]) => !summary.includes(value))
    .map(([name, value]) => `${escaped(name)} ${code(short(value, 120))}`);
  if (entries.length === 0) return '';
  return `\n_Seen_ ${fold(entries, { separator: ', ', maxEntries: 12, maxChars: 900 })}`;
}

/** What a plan says beside its findings and steps, a section each (mrkdwn); nothing for what it does not know. */
export function planFacts(run: Run): string[] {
  return [
    ...waysText(run),
    ...movesText(run),
    ...savedText(run),
    ...manifestsText(run),
    ...estimateNote(run),
  ];
}

function waysText({ plan }: Run): string[] {
  const ways = waysBack(plan);
  return ways.length === 0
    ? []
    : [`*Ways back, hop by hop*\n${ways.map((way) => `• ${escaped(way)}`).join('\n')}`];
}

function movesText({ plan: { moves = [] } }: Run): string[] {
  const drained = moves.filter(({ pods }) => pods > 0);
  if (drained.length === 0) return [];
  const all = drained.reduce((sum, { pods }) => sum + pods, 0);
  const lines = drained.map(({ node, pods, gone, emptied }) =>
    [
      `• ${escaped(node)}: ${count(pods, 'pod')}`,
      ...(gone.length > 0 ? [`gone for good ${listed(gone.map(code), 5)}`] : []),
      ...(emptied.length > 0 ? [`lose emptyDir data ${listed(emptied.map(code), 5)}`] : []),
    ].join(' · '),
  );
  const folded = fold(lines, {
    separator: '\n',
    maxEntries: 20,
    maxChars: sectionChars,
    rest: (hidden) => `and ${count(hidden, 'more node')}; ${inTheFile}`,
  });
  return [
    `*Pods that move* ${count(all, 'pod')} on ${count(drained.length, 'node')}, as they were then\n${folded}`,
  ];
}

function savedText({ plan }: Run): string[] {
  const steps = stepsOf(plan);
  const hops = new Set(
    steps.flatMap((step) => (step.kind === 'back-up-config-maps' ? [step.input.before ?? ''] : [])),
  );
  const etcd = steps.flatMap((step) =>
    step.kind === 'back-up-etcd' || step.kind === 'back-up-external-etcd' ? [step.input.node] : [],
  );
  const files = new Set(
    steps.flatMap((step) => (step.kind === 'back-up-node-files' ? [step.input.node] : [])),
  );
  if (hops.size === 0 && files.size === 0) return [];
  const times = hops.size > 1 ? `, once before each of ${hops.size} hops` : '';
  const what = [
    ...(etcd.length > 0 ? [`etcd from ${listed([...new Set(etcd)])}`] : []),
    ...(hops.size > 0 ? ['kubeadm’s, the kubelet’s, kube-proxy’s and CoreDNS’s ConfigMaps'] : []),
    ...(files.size > 0 ? [`the files of ${count(files.size, 'node')}`] : []),
  ];
  return [`*Saved before* ${listed(what)}${times}`];
}

function manifestsText({ plan: { manifests = [] } }: Run): string[] {
  return manifests.map(({ component, nodes, lines }) => {
    const shown = lines.map((line) => maskSecrets(line).replaceAll('`', 'ˋ'));
    const folded = fold(shown, {
      separator: '\n',
      maxEntries: 40,
      maxChars: 2_200,
      rest: (hidden) => `… ${count(hidden, 'more line')}; ${inTheFile}`,
    });
    return `*Changes in ${escaped(component)}.yaml* on ${listed(nodes.map(escaped), 8)}\n\`\`\`${escaped(folded)}\`\`\``;
  });
}

function estimateNote({ plan }: Run): string[] {
  const basis = estimateBasis(plan);
  return basis === undefined ? [] : [`*Time* ${escaped(basis)}`];
}
